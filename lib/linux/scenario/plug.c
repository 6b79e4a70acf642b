/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plug.c - statements that plug memory in and out
 *
 * Hot-added memory is a linear map range, struct pages and an entry of
 * memblock; what can be refused is in docs/linear-map.md, 10. The struct pages
 * of boot memory are mapped on demand only, since most scripts do not care.
 */
#include "linux/scenario/scenario.h"

/* The range is memory from now on, as if a DIMM had been put in. */
static int do_add(struct runner *r, const struct statement *s)
{
	return vmsa_linux_hot_add(r->sys, s->arg[0].range);
}

/* Only what was plugged in, and whole leaves of it. */
static int do_remove(struct runner *r, const struct statement *s)
{
	return vmsa_linux_hot_remove(r->sys, s->arg[0].range);
}

/* Those of boot memory; a kernel maps them right after its map. */
static int do_struct_pages(struct runner *r, const struct statement *s)
{
	(void)s;
	return vmsa_linux_map_struct_pages(r->sys);
}

const struct word vmsa_plug_words[] = {
	{ "hotplug add", VMSA_STEP_DO, "r", NULL, true, do_add },
	{ "hotplug remove", VMSA_STEP_DO, "r", NULL, true, do_remove },
	{ "vmemmap", VMSA_STEP_DO, "", NULL, true, do_struct_pages },
	{ NULL, VMSA_STEP_SETUP, "", NULL, false, NULL },
};
