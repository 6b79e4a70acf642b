/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plug.c - statements that plug memory in and out
 */
#include "linux/scenario/scenario.h"

static int do_add(struct runner *r, const struct statement *s)
{
	return vmsa_linux_hot_add(r->sys, s->arg[0].range);
}

static int do_remove(struct runner *r, const struct statement *s)
{
	return vmsa_linux_hot_remove(r->sys, s->arg[0].range);
}

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
