/* SPDX-License-Identifier: BSD-2-Clause */
#include "change.h"

/* Writable and read-only in turn: what set_memory_ro() and _rw() change. */
uint64_t bench_change(const struct bench_linux *b, bool *read_only)
{
	const vmsa_desc ro = VMSA_LEAF_AP2, rw = VMSA_LEAF_DBM;
	const vmsa_va va = bench_linux_ram(b).va;

	*read_only = !*read_only;
	return vmsa_linux_change_range(b->l, va, BENCH_LINUX_SIZE,
				       *read_only ? ro : rw,
				       *read_only ? rw : ro) != 0;
}

/* What all pages should be, and how many are. */
struct permission {
	vmsa_desc want;
	uint64_t seen;
};

static int audit(void *arg, const struct vmsa_entry *e)
{
	struct permission *p = arg;

	if ((e->desc & (VMSA_LEAF_AP2 | VMSA_LEAF_DBM)) == p->want)
		p->seen += e->count;
	return 0;
}

uint64_t bench_change_check(const struct bench_linux *b, bool read_only)
{
	const struct vmsa_linux_map ram = bench_linux_ram(b);
	struct permission p = { .want = read_only ? VMSA_LEAF_AP2
						  : VMSA_LEAF_DBM };
	struct bench_leaves s;

	if (vmsa_visit(vmsa_linux_space(b->l), ram.va, ram.va + (ram.size - 1),
		       0, audit, &p))
		return 1;
	return (p.seen != ram.size / BENCH_PAGE) +
	       bench_linux_audit(b, &ram, &s);
}

/* The compiler makes vector code of it. */
uint64_t bench_change_cal(uint64_t *restrict e, size_t n)
{
	const uint64_t set = VMSA_LEAF_AP2, clear = VMSA_LEAF_DBM;

	for (size_t i = 0; i < n; i++)
		e[i] = (e[i] & ~clear) | set;
	__asm__ volatile("" ::: "memory");
	return 0;
}
