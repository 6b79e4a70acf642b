/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_FAKE_TABLES_H
#define VMSA_FAKE_TABLES_H
/*
 * fake_tables.h - a few descriptors at chosen addresses, and regimes to walk
 *
 * Descriptors and register values are written as the manual's bit numbers, so
 * that no test asks the library what a bit is called.
 */
#include <errno.h>
#include <string.h>

#include "support/vmsa_test.h"
#include "vmsa/arch/walk.h"

#define BIT(n)    (UINT64_C(1) << (n))
#define NOWHERE   (~UINT64_C(0)) /* no address at all */
#define MAX_CELLS 64

/* Descriptor bits (D8.3). */
#define D_BLOCK 1u
#define D_TABLE 3u
#define D_PAGE  3u
#define D_AP1   BIT(6)
#define D_AP2   BIT(7)
#define D_AF    BIT(10)
#define D_NG    BIT(11)
#define D_NT    BIT(16)
#define D_DBM   BIT(51)
#define D_CONT  BIT(52)
#define D_PXN   BIT(53)
#define D_UXN   BIT(54)

/* TCR_EL1 bits (D24.2); both halves 4K, 48-bit VAs and PAs. */
#define T0SZ(n)  ((uint64_t)(n))
#define T1SZ(n)  ((uint64_t)(n) << 16)
#define TG0(n)   ((uint64_t)(n) << 14)
#define TG1(n)   ((uint64_t)(n) << 30)
#define IPS(n)   ((uint64_t)(n) << 32)
#define TCR_HA   BIT(39)
#define TCR_HD   BIT(40)
#define TCR_DS   BIT(59)
#define TCR_4K   (T0SZ(16) | T1SZ(16) | TG1(2) | IPS(5))
#define SCTLR_ON 1u

/* MAIR: 0 Normal WB, 1 Device-nGnRnE, 2 Normal NC, 3 Device-nGnRE. */
#define MAIR    UINT64_C(0x044400ff)
#define ATTR(n) ((uint64_t)(n) << 2)

/* Tables by level in most tests; far apart and below 2^32. */
#define ROOT UINT64_C(0x10000000)
#define TAB1 UINT64_C(0x11000000)
#define TAB2 UINT64_C(0x12000000)
#define TAB3 UINT64_C(0x13000000)

/* The memory: unknown addresses read as zero. */
struct fake {
	struct {
		vmsa_pa at;
		vmsa_desc desc;
	} cell[MAX_CELLS];
	int cells;
	vmsa_pa abort_at; /* reading here is an external abort */
	int update_error; /* what update returns instead of working */
	int moving;       /* so many updates find another value: flip bit 58 */
	int reads, updates;
};

static inline vmsa_desc *fake_cell(struct fake *f, vmsa_pa at)
{
	for (int i = 0; i < f->cells; i++)
		if (f->cell[i].at == at)
			return &f->cell[i].desc;
	assert_true(f->cells < MAX_CELLS);
	f->cell[f->cells].at = at;
	f->cell[f->cells].desc = 0;
	return &f->cell[f->cells++].desc;
}

static inline void put(struct fake *f, vmsa_pa at, vmsa_desc desc)
{
	*fake_cell(f, at) = desc;
}

static inline int fake_read(void *arg, vmsa_pa at, vmsa_desc *out)
{
	struct fake *f = arg;

	f->reads++;
	if (at == f->abort_at)
		return -EFAULT;
	*out = *fake_cell(f, at);
	return 0;
}

static inline int fake_update(void *arg, vmsa_pa at, vmsa_desc old,
			      vmsa_desc desc)
{
	struct fake *f = arg;
	vmsa_desc *cell = fake_cell(f, at);

	f->updates++;
	if (f->update_error)
		return f->update_error;
	if (f->moving > 0) {
		f->moving--;
		*cell ^= BIT(58);
	}
	if (*cell != old)
		return -EAGAIN;
	*cell = desc;
	return 0;
}

/* A regime and a memory, together. */
struct machine {
	struct vmsa_registers reg;
	struct vmsa_features features;
	struct vmsa_policy policy;
	struct fake memory;
};

/* Everything implemented, the root at ROOT for both halves. */
static inline struct machine machine(uint64_t tcr)
{
	struct machine m = {
		.reg = { .sctlr = SCTLR_ON,
			 .tcr = tcr,
			 .mair = MAIR,
			 .ttbr0 = ROOT,
			 .ttbr1 = ROOT },
		.features = VMSA_FEATURES_ALL,
		.policy = VMSA_POLICY_DEFAULT,
		.memory = { .abort_at = NOWHERE },
	};

	return m;
}

static inline struct vmsa_regime regime_of(const struct machine *m)
{
	struct vmsa_regime r;

	assert_int_equal(vmsa_regime_from_registers(&m->reg, &m->features,
						    &m->policy, &r),
			 0);
	return r;
}

static inline struct vmsa_walk walk_as(struct machine *m,
				       struct vmsa_access access)
{
	const struct vmsa_regime r = regime_of(m);
	const struct vmsa_walk_ops ops = { fake_read, fake_update, &m->memory };
	struct vmsa_walk w;

	assert_int_equal(vmsa_walk(&r, &ops, &access, &w), 0);
	return w;
}

/* A privileged read. */
static inline struct vmsa_walk walk(struct machine *m, vmsa_va va)
{
	return walk_as(m, (struct vmsa_access){ .va = va });
}

static inline void expect_fault(struct vmsa_walk w, enum vmsa_fault fault,
				int level)
{
	assert_int_equal(w.fault, fault);
	assert_int_equal(w.level, level);
}

static inline void expect_pa(struct vmsa_walk w, vmsa_pa pa, int level)
{
	expect_fault(w, VMSA_FAULT_NONE, level);
	assert_u64_equal(w.pa, pa);
}

#endif /* VMSA_FAKE_TABLES_H */
