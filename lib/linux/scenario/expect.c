/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * expect.c - statements that hold the system against what it should be
 *
 * Keys that are given are compared, others are not.  What is not met is told
 * and the run goes on, so a script shows all that is wrong with it.
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* Compare counts with the keys given; the first that differs is told. */
static int compare(struct runner *r, const struct statement *s,
		   const uint64_t *have)
{
	for (unsigned i = 0; s->word->keys[i].name; i++) {
		if (has_key(s, i) && s->key[i].number != have[i])
			return unmet(r, "%s is %llu, not %llu",
				     s->word->keys[i].name, (ull)have[i],
				     (ull)s->key[i].number);
	}
	return s->given ? 0 : bad(r, "%s of what?", s->word->name);
}

/* --- errors -------------------------------------------------------------- */

static const struct {
	const char *name;
	int code;
} errors[] = {
	{ "EINVAL", EINVAL }, { "ENOMEM", ENOMEM },
	{ "EBUSY", EBUSY },   { "EPERM", EPERM },
	{ "EEXIST", EEXIST }, { "E2BIG", E2BIG },
	{ "ENOSYS", ENOSYS }, { "ENOSPC", ENOSPC },
	{ "EIO", EIO },       { "EOPNOTSUPP", EOPNOTSUPP },
	{ "ERANGE", ERANGE }, { "BUG", ENOTRECOVERABLE }, /* or a panic */
};

/* The name a script would use for an error. */
static const char *error_name(int ret)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].code == -ret)
			return errors[i].name;
	}
	return ret ? strerror(-ret) : "no error";
}

/* Looks at the step before, whose error does not count as unmet then. */
static int do_error(struct runner *r, const struct statement *s)
{
	const char *name = s->arg[0].word;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (strcmp(errors[i].name, name))
			continue;
		if (r->last_ret == -errors[i].code)
			return 0;
		return unmet(r, "the step before gave %s, not %s",
			     error_name(r->last_ret), name);
	}
	return bad(r, "there is no error '%s'", name);
}

/* --- cost ---------------------------------------------------------------- */

static const struct key_spec cost_keys[] = {
	{ "ds", 'u' },     { "di", 'u' },       { "is", 'u' },
	{ "tl", 'u' },     { "stores", 'u' },   { "fills", 'u' },
	{ "tables", 'u' }, { "freed", 'u' },    { "pages", 'u' },
	{ "full", 'u' },   { "warnings", 'u' }, { NULL, 0 },
};

/* In the order of cost_keys. */
static int do_cost(struct runner *r, const struct statement *s)
{
	const struct vmsa_linux_cost *c = &r->last;
	const uint64_t have[] = {
		c->did.barriers[VMSA_DSB_ISHST],
		c->did.barriers[VMSA_DSB_ISH],
		c->did.barriers[VMSA_ISB],
		vmsa_linux_cost_tlbi(c),
		c->did.stores,
		c->did.fills,
		c->did.tables_alloc,
		c->did.tables_free,
		c->pages_flushed,
		c->full_flushes,
		c->warnings,
	};

	return compare(r, s, have);
}

/* --- what the linear map consists of ------------------------------------- */

static const struct key_spec leaf_keys[] = {
	{ "pud", 'u' },         { "pmd", 'u' },         { "cont-pmd", 'u' },
	{ "pte", 'u' },         { "cont-pte", 'u' },    { "invalid-pud", 'u' },
	{ "invalid-pmd", 'u' }, { "invalid-pte", 'u' }, { NULL, 0 },
};

#define PUD VMSA_LEVEL_SLOT(1)
#define PMD VMSA_LEVEL_SLOT(2)
#define PTE VMSA_LEVEL_SLOT(3)

/* Count what the linear map consists of now. */
static int look(struct runner *r, struct vmsa_linux_state *out)
{
	return vmsa_linux_look(r->sys, out)
		       ? bad(r, "a table lies outside memory")
		       : 0;
}

/* In the order of leaf_keys. */
static int do_leaves(struct runner *r, const struct statement *s)
{
	struct vmsa_linux_state at;
	const int ret = look(r, &at);
	const uint64_t have[] = {
		at.plain[PUD],   at.plain[PMD],   at.cont[PMD],
		at.plain[PTE],   at.cont[PTE],    at.invalid[PUD],
		at.invalid[PMD], at.invalid[PTE],
	};

	return ret ? ret : compare(r, s, have);
}

static const struct key_spec table_keys[] = {
	{ "pud", 'u' },
	{ "pmd", 'u' },
	{ "pte", 'u' },
	{ NULL, 0 },
};

/* The root is not counted. */
static int do_tables(struct runner *r, const struct statement *s)
{
	struct vmsa_linux_state at;
	const int ret = look(r, &at);
	const uint64_t have[] = { at.tables[PUD], at.tables[PMD],
				  at.tables[PTE] };

	return ret ? ret : compare(r, s, have);
}

/* --- one address --------------------------------------------------------- */

enum at_key {
	AT_DESC,
	AT_LEVEL,
};

static const struct key_spec at_keys[] = {
	{ "desc", 'u' },
	{ "level", 'w' },
	{ NULL, 0 },
};

/* Linux's names, as in ptdump but for folded levels. */
static const char *level_name(int level)
{
	static const char *const names[VMSA_LEVELS] = { "pgd", "p4d", "pud",
							"pmd", "pte" };

	return names[VMSA_LEVEL_SLOT(level)];
}

/* What the tables say of the statement's address. */
static int translate(struct runner *r, const struct statement *s,
		     struct vmsa_translation *out)
{
	vmsa_va va;
	const int ret = vmsa_scenario_resolve(r, &s->arg[0].address, &va);

	if (ret)
		return ret;
	return vmsa_translate(vmsa_linux_space(r->sys), va, out)
		       ? bad(r, "a table lies outside memory")
		       : 0;
}

/* Where the walk of an address ends, and on what. */
static int do_at(struct runner *r, const struct statement *s)
{
	struct vmsa_translation t;
	const int ret = translate(r, s, &t);

	if (ret)
		return ret;
	if (!s->given)
		return bad(r, "what should be there: desc= or level=");
	if (has_key(s, AT_DESC) && t.desc != s->key[AT_DESC].number)
		return unmet(r, "the descriptor is 0x%016llx at level %s",
			     (ull)t.desc, level_name(t.level));
	if (has_key(s, AT_LEVEL) &&
	    strcmp(s->key[AT_LEVEL].word, level_name(t.level)))
		return unmet(r, "the walk ends at level %s",
			     level_name(t.level));
	return 0;
}

/*
 * As kernel_page_present() sees it (8.5), so a leaf that was invalidated is
 * absent.
 */
static int do_present(struct runner *r, const struct statement *s)
{
	const bool want = !strcmp(s->word->name, "expect present");
	vmsa_va va;
	const int ret = vmsa_scenario_resolve(r, &s->arg[0].address, &va);

	if (ret)
		return ret;
	if (vmsa_linux_page_present(r->sys, va) == want)
		return 0;
	return unmet(r, "0x%llx is %s", (ull)va,
		     want ? "not present" : "present");
}

#define EXPECT VMSA_STEP_EXPECT

const struct word vmsa_expect_words[] = {
	{ "expect error", EXPECT, "w", NULL, true, do_error },
	{ "expect cost", EXPECT, "", cost_keys, true, do_cost },
	{ "expect leaves", EXPECT, "", leaf_keys, true, do_leaves },
	{ "expect tables", EXPECT, "", table_keys, true, do_tables },
	{ "expect at", EXPECT, "a", at_keys, true, do_at },
	{ "expect present", EXPECT, "a", NULL, true, do_present },
	{ "expect absent", EXPECT, "a", NULL, true, do_present },
	{ NULL, EXPECT, "", NULL, false, NULL },
};
