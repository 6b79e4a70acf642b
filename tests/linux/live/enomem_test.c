/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * enomem_test.c - every operation with its n-th table, or page, refused
 *
 * Whatever the operation got done before: each page of the linear map is as it
 * was before, or as the operation would have left it, and a second attempt
 * leaves what an undisturbed one leaves.
 */
#include "linux/linux_test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))

/* Pages followed: the machine's memory. */
#define BYTES (2 * GIB)

static const struct row {
	const char *name;
	const char *setup, *step;
	unsigned tables, pages; /* how many refusals show, or may */
	int ret;                /* what the kernel says then */
} rows[] = {
#define M73  "memory 0x40000000+2G\ncpu bbm=3\nkernel v7.3\nboot\n"
#define M618 "memory 0x40000000+2G\ncpu midr=0xc00fac30\nkernel v6.18\nboot\n"
#define MV2                                 \
	"memory 0x40000000+2G\ncpu bbm=2\n" \
	"kernel v2 kfence-interval=100\nboot\n"
#define M64K "memory 0x40000000+2G\ncpu bbm=3\nkernel v7.3 page=64K\nboot\n"
	{ "split", M73, "split pa:0x9fff0000 pa:0xa0400000", 2, 0, -ENOMEM },
	{ "split, two gigabytes", M73, "split pa:0x7fffe000 pa:0x80002000", 3,
	  0, -ENOMEM },
	{ "split, v2", MV2, "split pa:0x90001000 pa:0x90401000", 3, 0,
	  -ENOMEM },
	{ "split-pages", M73, "split-pages pa:0x80000000 2048", 5, 0, -ENOMEM },
	{ "direct map invalid", M73, "set_direct_map_invalid pa:0x90000000", 2,
	  0, -ENOMEM },
	{ "direct map invalid, 64K", M64K,
	  "set_direct_map_invalid pa:0x90000000", 1, 0, -ENOMEM },
	{ "direct map invalid, 6.18", M618,
	  "set_direct_map_invalid pa:0x90000000", 2, 0, -ENOMEM },
	{ "direct map default", M73, "set_direct_map_default pa:0x90000000", 2,
	  0, -ENOMEM },
	{ "direct map valid", M73, "set_direct_map_valid pa:0x90000000 700 off",
	  2, 0, -ENOMEM },
	{ "set_memory_valid", M73, "set_memory_invalid pa:0x90001000 700", 3, 0,
	  -ENOMEM },
	{ "guest_memfd", M73, "guest_memfd take pa:0x90001000 16", 2, 0,
	  -ENOMEM },
	{ "set_memory_ro", M73 "vmalloc v pages=4 at=0x901ff000 stride=4K\n",
	  "set_memory_ro v 4", 3, 0, -ENOMEM },
	/* 6.18 says nothing, but an alias stays writable. */
	{ "set_memory_ro, 6.18", M618 "vmalloc v pages=2 at=0x90000000\n",
	  "set_memory_ro v 2", 2, 0, 0 },
	{ "set_memory_rox", M73 "vmalloc v pages=4 at=0x90000000\n",
	  "set_memory_rox v 4", 2, 0, -ENOMEM },
	{ "vmalloc", M73, "vmalloc v pages=3", 3, 3, -ENOMEM },
	{ "bpf load", M73, "bpf load b size=64", 6, 512, -ENOMEM },
	{ "bpf interpreter", M73, "bpf interpreter b pages=2", 5, 2, -ENOMEM },
	{ "bpf trampoline", M73, "bpf trampoline t", 5, 1, -ENOMEM },
	{ "kprobe", M73, "kprobe k", 5, 1, -ENOMEM },
	{ "module load", M73, "module load m text=2 rodata=1 init_text=1", 5, 4,
	  -ENOMEM },
	{ "secretmem", M73, "secretmem map s pages=3", 2, 1, -ENOMEM },
	{ "kfence", M73, "kfence init", 2, 1, -ENOMEM },
	{ "decrypted", M73 "realm ns-bit=40\n",
	  "set_memory_decrypted pa:0x90001000 2", 2, 0, -ENOMEM },
	{ "hotplug", M73, "hotplug add 0x100000000+128M", 1, 0, -ENOMEM },
};

/* --- every page of the linear map ---------------------------------------- */

struct snapshot {
	vmsa_desc *page; /* as a page without CONT */
	uint64_t n;
};

static void note_leaf(struct snapshot *s, const struct tables *t,
		      uint64_t first, vmsa_desc d, int level)
{
	const uint64_t n = BIT(tables_shift(t, level) - t->granule_shift);

	d &= ~BIT(52);
	if (level < 3)
		d |= 2; /* a page's type, valid or not */
	for (uint64_t i = 0; i < n && first + i < s->n; i++)
		s->page[first + i] = d ? d + (i << t->granule_shift) : 0;
}

static void note_table(struct snapshot *s, const struct tables *t, vmsa_pa pa,
		       uint64_t first, int level)
{
	const unsigned pages = tables_shift(t, level) - t->granule_shift;
	const vmsa_desc *table = vmsa_memory_frame(t->memory, pa);
	const unsigned n = level == tables_start_level(t)
				   ? 1u << (t->va_bits - tables_shift(t, level))
				   : 1u << (t->granule_shift - 3);

	for (unsigned i = 0; i < n; i++) {
		const uint64_t at = first + ((uint64_t)i << pages);

		if (at >= s->n)
			return;
		if (level < 3 && (table[i] & 3) == 3)
			note_table(s, t, tables_oa(t, table[i]), at, level + 1);
		else if (table[i])
			note_leaf(s, t, at, table[i], level);
	}
}

static struct snapshot take(const struct vmsa_linux *l)
{
	const struct tables t = tables_of(l);
	struct snapshot s = { .n = BYTES >> t.granule_shift };

	s.page = calloc(s.n, sizeof(*s.page));
	assert_non_null(s.page);
	note_table(&s, &t, t.root, 0, tables_start_level(&t));
	return s;
}

/* --- runs ---------------------------------------------------------------- */

struct run {
	const struct row *row;
	bool refused; /* the alarm is set; its step comes next */
	unsigned steps;
	int ret[2]; /* of the step, and of its second attempt */
	struct snapshot before, after[2];
};

static int see(void *arg, const struct vmsa_scenario_step *step)
{
	struct run *r = arg;

	if (!strncmp(step->text, "fail", 4) && !r->before.page)
		r->before = take(step->sys);
	if (strcmp(step->text, r->row->step))
		return 0;
	r->ret[r->steps] = step->ret;
	r->after[r->steps++] = take(step->sys);
	/* A step that worked need not, or cannot, be made twice. */
	return r->steps == 2 || !step->ret ? 500 : 0;
}

static void run_row(const struct row *row, const char *what, unsigned n,
		    struct run *out)
{
	struct vmsa_scenario *s;
	struct vmsa_error err = { .text = "" };
	char text[1024];

	/* The alarm that did not go off is cancelled. */
	snprintf(text, sizeof(text), "%sfail %s %u\n%s\nfail %s 0\n%s\n",
		 row->setup, what, n, row->step, what, row->step);
	*out = (struct run){ .row = row };
	if (vmsa_scenario_parse(text, row->name, &s, &err))
		fail_msg("%s", err.text);
	if (vmsa_scenario_run(s, see, out, &err) < 0)
		fail_msg("line %u: %s", (unsigned)err.offset, err.text);
	vmsa_scenario_destroy(s);
}

static void forget(struct run *r)
{
	free(r->before.page);
	free(r->after[0].page);
	free(r->after[1].page);
}

/* Is the n-th refusal felt, and is the state one the rule allows? */
static bool check(const struct row *row, const struct run *r,
		  const struct snapshot *right)
{
	const bool felt = r->ret[0] || memcmp(r->after[0].page, right->page,
					      right->n * sizeof(vmsa_desc));

	if (!felt)
		return false;
	assert_int_equal(r->ret[0], row->ret);
	for (uint64_t i = 0; i < right->n; i++) {
		if (r->after[0].page[i] != r->before.page[i])
			assert_u64_equal(r->after[0].page[i], right->page[i]);
	}
	if (r->ret[0]) {
		assert_int_equal(r->ret[1], 0);
		for (uint64_t i = 0; i < right->n; i++)
			assert_u64_equal(r->after[1].page[i], right->page[i]);
	}
	return true;
}

/* Each of the first, some of many, the last, and one more. */
static unsigned next(unsigned n, unsigned want)
{
	if (n < 16 || n >= want)
		return n + 1;
	return n + 61 < want ? n + 61 : want;
}

static void refuse_each(const struct row *row, const char *what, unsigned want)
{
	struct run undisturbed, r;
	unsigned felt = 0;

	run_row(row, what, 0, &undisturbed);
	assert_int_equal(undisturbed.ret[0], 0);
	/* One more than there are: it must not be felt. */
	for (unsigned n = 1; n <= want + 1; n = next(n, want)) {
		run_row(row, what, n, &r);
		if (check(row, &r, &undisturbed.after[0]))
			felt = n;
		else if (n <= want)
			fail_msg("refusal %u of a %s went unnoticed", n, what);
		forget(&r);
	}
	assert_int_equal(felt, want);
	forget(&undisturbed);
}

static void any_table_may_be_refused(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		print_message("%s\n", r->name);
		refuse_each(r, "table", r->tables);
	}
}

static void any_page_may_be_refused(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		if (!r->pages)
			continue;
		print_message("%s\n", r->name);
		refuse_each(r, "page", r->pages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_table_may_be_refused),
		cmocka_unit_test(any_page_may_be_refused),
	};

	return cmocka_run_group_tests_name("enomem", tests, NULL, NULL);
}
