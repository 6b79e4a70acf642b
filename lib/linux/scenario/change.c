/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * change.c - statements that split, change permissions and flush
 *
 * Each calls the function of vmsa/linux/live.h and its neighbours that has its
 * name, and returns what that returned.  An operand ADDR is followed by a count
 * of pages, 1 if it is missing.
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <string.h>

/* The address, and the count of pages after it, if there is one. */
struct target {
	vmsa_va va;
	uint64_t pages;
};

/*
 * Resolve the address; a count that would wrap is refused here, so that
 * statements need not look.
 */
static int get_target(struct runner *r, const struct statement *s,
		      struct target *out)
{
	const int ret = vmsa_scenario_resolve(r, &s->arg[0].address, &out->va);
	const uint64_t page = page_of(r);

	if (ret)
		return ret;
	out->pages = s->nr_args > 1 ? s->arg[1].number : 1;
	if (out->pages > -(out->va & ~(page - 1)) / page)
		return bad(r, "%llu pages reach beyond the last address",
			   (unsigned long long)out->pages);
	return 0;
}

/* --- split --------------------------------------------------------------- */

/* Without an end, the page at the start. */
static int do_split(struct runner *r, const struct statement *s)
{
	vmsa_va start, end;
	int ret;

	ret = vmsa_scenario_resolve(r, &s->arg[0].address, &start);
	end = start + page_of(r);
	if (!ret && s->nr_args > 1)
		ret = vmsa_scenario_resolve(r, &s->arg[1].address, &end);
	if (ret)
		return ret;
	if (end < start)
		return bad(r, "the end lies before the start");
	return vmsa_linux_split(r->sys, start, end);
}

/* Completely, as for a late KFENCE pool (5.6). */
static int do_split_pages(struct runner *r, const struct statement *s)
{
	struct target t;
	const int ret = get_target(r, s, &t);

	if (ret || !t.pages)
		return ret;
	return vmsa_linux_split_to_pages(
		r->sys, t.va, t.va + t.pages * page_of(r), VMSA_LATE);
}

static int do_flush(struct runner *r, const struct statement *s)
{
	struct target t;
	const int ret = get_target(r, s, &t);

	if (!ret)
		vmsa_linux_flush(r->sys, t.va, t.va + t.pages * page_of(r));
	return ret;
}

/* --- areas --------------------------------------------------------------- */

/* The name of the statement is that of the function. */
static int do_set_memory(struct runner *r, const struct statement *s)
{
	struct target t;
	const int ret = get_target(r, s, &t);

	if (ret)
		return ret;
	for (int w = 0; w < VMSA_NR_SET_MEMORY; w++) {
		const enum vmsa_set_memory what = (enum vmsa_set_memory)w;

		if (!strcmp(s->word->name, vmsa_set_memory_name(what)))
			return vmsa_linux_set_memory(r->sys, what, t.va,
						     t.pages);
	}
	return bad(r, "there is no %s", s->word->name);
}

static int do_purge(struct runner *r, const struct statement *s)
{
	(void)s;
	vmsa_linux_unmap_aliases(r->sys);
	return 0;
}

/* --- the linear map ------------------------------------------------------ */

static int do_valid(struct runner *r, const struct statement *s)
{
	struct target t;
	const int ret = get_target(r, s, &t);

	return ret ? ret
		   : vmsa_linux_set_valid(r->sys, t.va, t.pages,
					  !strcmp(s->word->name,
						  "set_memory_valid"));
}

static int do_shared(struct runner *r, const struct statement *s)
{
	struct target t;
	const int ret = get_target(r, s, &t);

	return ret ? ret
		   : vmsa_linux_set_shared(r->sys, t.va, t.pages,
					   !strcmp(s->word->name,
						   "set_memory_decrypted"));
}

/*
 * Page by page, since the kernel's functions take one page; the first error
 * ends it.
 */
static int do_direct_map(struct runner *r, const struct statement *s)
{
	const char *what = strrchr(s->word->name, '_') + 1;
	struct target t;
	int ret = get_target(r, s, &t);

	for (uint64_t i = 0; i < t.pages && !ret; i++, t.va += page_of(r))
		ret = !strcmp(what, "invalid")
			      ? vmsa_linux_direct_map_invalid(r->sys, t.va)
			      : vmsa_linux_direct_map_default(r->sys, t.va);
	return ret;
}

static int do_direct_map_valid(struct runner *r, const struct statement *s)
{
	struct target t;
	const int ret = get_target(r, s, &t);
	const char *on = s->arg[2].word;

	if (ret)
		return ret;
	if (strcmp(on, "on") && strcmp(on, "off"))
		return bad(r, "it is on or off, not '%s'", on);
	return vmsa_linux_direct_map_valid(r->sys, t.va, t.pages,
					   !strcmp(on, "on"));
}

/* --- realms -------------------------------------------------------------- */

/* A realm's manager that says no once, when the script wants it to. */
static int answer_rsi(void *arg, vmsa_pa pa, uint64_t size, bool shared)
{
	struct runner *r = arg;

	(void)pa;
	(void)size;
	(void)shared;
	if (!r->rsi_fail || --r->rsi_fail)
		return 0;
	return -EIO;
}

static const struct key_spec realm_keys[] = {
	{ "ns-bit", 'u' },
	{ NULL, 0 },
};

static int do_realm(struct runner *r, const struct statement *s)
{
	const struct vmsa_linux_realm realm = {
		.ns_bit = (unsigned)key_or(s, 0, 47),
		.rsi = answer_rsi,
		.arg = r,
	};

	return vmsa_linux_enter_realm(r->sys, &realm);
}

/* --- collapse ------------------------------------------------------------ */

enum collapse_key {
	COLLAPSE_BBM,
	COLLAPSE_IDLE,
};

static const struct key_spec collapse_keys[] = {
	{ "bbm", 'u' },
	{ "idle", 'f' },
	{ NULL, 0 },
};

/* Pages from an address on, or the whole linear map. */
static int do_collapse(struct runner *r, const struct statement *s)
{
	const struct vmsa_linux_layout *at = vmsa_linux_layout(r->sys);
	const struct vmsa_collapse_config config = {
		.bbm_level = (unsigned)key_or(
			s, COLLAPSE_BBM, vmsa_linux_collapse_level(r->sys)),
		.idle = has_key(s, COLLAPSE_IDLE),
	};
	struct target t;
	int ret;

	if (!s->nr_args)
		return vmsa_linux_collapse(r->sys, at->linear_start,
					   at->page_end, &config, NULL);
	ret = get_target(r, s, &t);
	return ret ? ret
		   : vmsa_linux_collapse(r->sys, t.va,
					 t.va + t.pages * page_of(r), &config,
					 NULL);
}

const struct word vmsa_change_words[] = {
	{ "split", VMSA_STEP_DO, "a?a", NULL, true, do_split },
	{ "split-pages", VMSA_STEP_DO, "au", NULL, true, do_split_pages },
	{ "flush", VMSA_STEP_DO, "a?u", NULL, true, do_flush },
	{ "set_memory_ro", VMSA_STEP_DO, "a?u", NULL, true, do_set_memory },
	{ "set_memory_rw", VMSA_STEP_DO, "a?u", NULL, true, do_set_memory },
	{ "set_memory_nx", VMSA_STEP_DO, "a?u", NULL, true, do_set_memory },
	{ "set_memory_x", VMSA_STEP_DO, "a?u", NULL, true, do_set_memory },
	{ "set_memory_rox", VMSA_STEP_DO, "a?u", NULL, true, do_set_memory },
	{ "set_memory_valid", VMSA_STEP_DO, "a?u", NULL, true, do_valid },
	{ "set_memory_invalid", VMSA_STEP_DO, "a?u", NULL, true, do_valid },
	{ "set_memory_encrypted", VMSA_STEP_DO, "a?u", NULL, true, do_shared },
	{ "set_memory_decrypted", VMSA_STEP_DO, "a?u", NULL, true, do_shared },
	{ "set_direct_map_invalid", VMSA_STEP_DO, "a?u", NULL, true,
	  do_direct_map },
	{ "set_direct_map_default", VMSA_STEP_DO, "a?u", NULL, true,
	  do_direct_map },
	{ "set_direct_map_valid", VMSA_STEP_DO, "auw", NULL, true,
	  do_direct_map_valid },
	{ "vm_unmap_aliases", VMSA_STEP_DO, "", NULL, true, do_purge },
	{ "realm", VMSA_STEP_DO, "", realm_keys, true, do_realm },
	{ "collapse", VMSA_STEP_DO, "?au", collapse_keys, true, do_collapse },
	{ NULL, VMSA_STEP_SETUP, "", NULL, false, NULL },
};
