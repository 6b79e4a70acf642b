/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_COLLAPSE_WORLD_H
#define VMSA_COLLAPSE_WORLD_H
/*
 * world.h - the machine that tests of collapse boot
 *
 * One bank from 0x40000000; _text at 0x40200000, __init_begin at 0x42550000,
 * __init_end at 0x42a00000, __bss_stop at 0x43230000, all of them borders
 * between protections after boot.  The CPU passes the kernel's BBM test.
 */
#include "linux/linux_test.h"
#include "vmsa/linux/collapse.h"

#define RAM   UINT64_C(0x40000000)
#define IMAGE UINT64_C(0x40200000)

/* Tagged PAGE_KERNEL, as section 1.4 of docs/linear-map.md writes it. */
#define PAGE       UINT64_C(0x00e8000000000707)
#define BLOCK      UINT64_C(0x00e8000000000705)
#define PAGE_CONT  UINT64_C(0x00f8000000000707)
#define BLOCK_CONT UINT64_C(0x00f8000000000705)
#define INVALID    UINT64_C(0x00e8000000000f06)

/** struct world - what differs between tests. */
struct world {
	enum vmsa_linux_version version;
	uint8_t granule_shift;
	uint8_t va_bits;
	bool lpa2;
	bool tlb_range;
	uint64_t size; /* of the bank */
	const char *bootargs;
	bool ng; /* KASLR on a CPU without E0PD */
	struct vmsa_range no_map;
};

/** world_describe() - the machine and its kernel. */
static inline struct test_boot world_describe(const struct world *w)
{
	return (struct test_boot){
		.machine = { .banks = { { RAM, w->size } },
			     .no_map = { w->no_map },
			     .bootargs = w->bootargs,
			     .kaslr_seed = w->ng,
			     .cpu = { .bbm_level = 3,
				      .midr = 0xc00fac30, /* AmpereOne */
				      .pa_bits = w->va_bits == 52 ? 52 : 48,
				      .lpa2 = w->lpa2,
				      .lva = w->va_bits == 52,
				      .tlb_range = w->tlb_range } },
		.kernel = { .version = w->version,
			    .granule_shift = w->granule_shift,
			    .va_bits = w->va_bits,
			    .pa_bits = w->va_bits == 52 ? 52 : 48,
			    .image = { .stext = 0x10000,
				       .start_rodata = 0x1200000,
				       .swapper_pg_dir = 0x2000000,
				       .init_begin = 0x2350000,
				       .init_end = 0x2800000,
				       .bss_stop = 0x3030000,
				       .end = 0x3040000 },
			    .kfence = true,
			    .kfence_objects = 255 },
		.image = IMAGE,
	};
}

/** world_boot() - all the way to user space. */
static inline struct vmsa_linux *world_boot(const struct world *w)
{
	const struct test_boot boot = world_describe(w);
	struct vmsa_linux *l = boot_map(&boot);

	vmsa_linux_start_allocator(l);
	assert_int_equal(vmsa_linux_finalise_cpus(l), 0);
	assert_int_equal(vmsa_linux_mark_text_ro(l), 0);
	assert_int_equal(vmsa_linux_mark_rodata_ro(l), 0);
	return l;
}

/** in_place - level 3, nothing else. */
static const struct vmsa_collapse_config in_place =
	VMSA_COLLAPSE_CONFIG_DEFAULT;

/** collapse_all() - the whole linear map, in place. */
static inline struct vmsa_collapse_stats collapse_all(struct vmsa_linux *l)
{
	const struct vmsa_linux_layout *at = vmsa_linux_layout(l);
	struct vmsa_collapse_stats stats;

	assert_int_equal(vmsa_linux_collapse(l, at->linear_start, at->page_end,
					     &in_place, &stats),
			 0);
	return stats;
}

/** counters_since() - what was done since @before. */
static inline struct vmsa_counters counters_since(
	const struct vmsa_linux *l, const struct vmsa_counters *before)
{
	struct vmsa_counters c;

	vmsa_space_counters(vmsa_linux_space(l), &c);
	c.stores -= before->stores;
	c.fills -= before->fills;
	c.tables_alloc -= before->tables_alloc;
	c.tables_free -= before->tables_free;
	for (int i = 0; i < VMSA_NR_BARRIERS; i++)
		c.barriers[i] -= before->barriers[i];
	for (int i = 0; i < VMSA_NR_TLBI_OPS; i++)
		c.tlbi[i] -= before->tlbi[i];
	return c;
}

/** desc_at() - the entry of @va at @level. */
static inline vmsa_desc desc_at(const struct vmsa_linux *l, vmsa_va va,
				int level)
{
	const struct tables t = tables_of(l);

	return tables_at(&t, va, level);
}

/** invalidate() - take a page out of the map. */
static inline void invalidate(struct vmsa_linux *l, vmsa_va va)
{
	assert_int_equal(vmsa_linux_direct_map_invalid(l, va), 0);
}

/** restore() - and put it back. */
static inline void restore(struct vmsa_linux *l, vmsa_va va)
{
	assert_int_equal(vmsa_linux_direct_map_default(l, va), 0);
}

/** collapse_at() - collapse around one page; what that cost. */
static inline struct vmsa_counters collapse_at(
	struct vmsa_linux *l, vmsa_va va, const struct vmsa_collapse_config *c)
{
	const uint64_t page = UINT64_C(1)
			      << vmsa_linux_kernel(l)->granule_shift;
	struct vmsa_counters before;

	vmsa_space_counters(vmsa_linux_space(l), &before);
	assert_int_equal(vmsa_linux_collapse(l, va, va + page, c, NULL), 0);
	return counters_since(l, &before);
}

/** sum() - of @n numbers. */
static inline uint64_t sum(const uint64_t *v, int n)
{
	uint64_t s = 0;

	while (n)
		s += v[--n];
	return s;
}

#endif /* VMSA_COLLAPSE_WORLD_H */
