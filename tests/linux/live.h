/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LINUX_LIVE_TEST_H
#define VMSA_LINUX_LIVE_TEST_H
/*
 * live.h - machine M of docs/linear-map.md, section 14, and what a step on it
 * must cost
 */
#include "linux/linux_test.h"

/** struct booted - how machine M is booted; zeroes are M as described. */
struct booted {
	unsigned granule_shift; /* 0: 12 */
	unsigned va_bits;       /* 0: 48 */
	enum vmsa_linux_version version;
	bool bbm;       /* the CPU changes sizes live */
	bool tlb_range; /* it has range TLBIs */
	bool lpa2;      /* and 52-bit addresses */
	bool published; /* not M but the machine of TV-1 */
	const char *bootargs;
	uint64_t kaslr_seed;
};

/** boot_m() - machine M as far as map_mem. */
struct vmsa_linux *boot_m(const struct booted *how);

/** run_m() - machine M as far as user space. */
struct vmsa_linux *run_m(const struct booted *how);

/** TV2 - the state most vectors start from: 7.3, 4K/48, BBML3. */
#define TV2 (&(const struct booted){ .version = VMSA_LINUX_V7_3, .bbm = true })

/** struct price - what a step must cost: DSB ISHST, DSB ISH, ISB, TLBI. */
struct price {
	uint64_t ds, is, di, tl;
};

/** assert_price() - the step costs that, and no other barrier. */
void assert_price(const struct vmsa_linux_cost *cost, struct price want);

/** COSTS() - run @step on @sys and hold its cost against the rest. */
#define COSTS(sys, step, ...)                                        \
	do {                                                         \
		struct vmsa_linux_cost cost_;                        \
                                                                     \
		vmsa_linux_cost_start(sys, &cost_);                  \
		step;                                                \
		vmsa_linux_cost_stop(sys, &cost_);                   \
		assert_price(&cost_, (struct price){ __VA_ARGS__ }); \
	} while (0)

/** struct leaves - the linear map by size, tables at levels 1, 2, 3. */
struct leaves {
	uint64_t t1, t2, t3;
	uint64_t l1, l2, l2_cont, l3, l3_cont;
};

/** assert_leaves() - the linear map consists of exactly these. */
void assert_leaves(const struct vmsa_linux *l, struct leaves want);

/** assert_desc() - the descriptor a walk of @va ends at. */
void assert_desc(const struct vmsa_linux *l, vmsa_va va, int level,
		 vmsa_desc want);

#endif /* VMSA_LINUX_LIVE_TEST_H */
