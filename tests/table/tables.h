/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_TABLES_H
#define TEST_TABLES_H
/*
 * tables.h - tables placed by hand, and read back without the library's walker
 *
 * Addresses go into descriptors and come out of them here by the rules of
 * D8.3 written a second time, so that lib/arch does not judge itself.
 */
#include "support/spaces.h"

#include <stdlib.h>
#include <string.h>

/** raw_link() - a table or leaf descriptor's bits for an address. */
static inline vmsa_desc raw_link(const struct vmsa_geometry *g, vmsa_pa pa)
{
	vmsa_desc d = pa & 0x0000ffffffffffff;

	if (g->format == VMSA_FORMAT_LPA)
		d |= (pa >> 48 & 0xf) << 12;
	if (g->format == VMSA_FORMAT_LPA2)
		d |= (pa & UINT64_C(3) << 48) | (pa >> 50 & 3) << 8;
	return d;
}

/** raw_address() - the address in a descriptor, to granule precision. */
static inline vmsa_pa raw_address(const struct vmsa_geometry *g, vmsa_desc d)
{
	const uint64_t page = (UINT64_C(1) << g->granule_shift) - 1;

	if (g->format == VMSA_FORMAT_LPA)
		return (d & 0x0000ffffffff0000) | (d >> 12 & 0xf) << 48;
	if (g->format == VMSA_FORMAT_LPA2)
		return (d & 0x0003ffffffffffff & ~page) | (d >> 8 & 3) << 50;
	return d & 0x0000ffffffffffff & ~page;
}

/** raw_shift() - log2 of the bytes an entry covers. */
static inline unsigned raw_shift(const struct vmsa_geometry *g, int level)
{
	const unsigned n = g->granule_shift;

	return n + (n - 3) * (unsigned)(3 - level);
}

/** raw_entries() - how many entries a table has. */
static inline unsigned raw_entries(const struct vmsa_geometry *g, int level)
{
	return level == g->start_level
		       ? 1u << (g->va_bits - raw_shift(g, level))
		       : 1u << (g->granule_shift - 3);
}

/** raw_index() - which entry of a table translates @va. */
static inline unsigned raw_index(const struct vmsa_geometry *g, int level,
				 vmsa_va va)
{
	return (unsigned)(va >> raw_shift(g, level)) % raw_entries(g, level);
}

/**
 * put_desc() - store @desc where a walk for @va reads @level.
 *
 * Tables above are made as needed.  Return: where it was stored.
 */
static inline vmsa_pa put_desc(struct vmsa_space *s, vmsa_va va, int level,
			       vmsa_desc desc)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(s);
	struct vmsa_table t, child;

	vmsa_table_root(s, &t);
	while (t.level < level) {
		const unsigned i = raw_index(g, t.level, va);
		const vmsa_desc old = vmsa_table_get(&t, i);

		if (old) {
			assert_int_equal(
				vmsa_table_child(s, t.level, old, &child), 0);
		} else {
			assert_int_equal(vmsa_table_alloc(s, VMSA_EARLY,
							  t.level + 1, &child),
					 0);
			vmsa_table_set(s, &t, i, va, raw_link(g, child.pa) | 3);
		}
		t = child;
	}
	vmsa_table_set(s, &t, raw_index(g, level, va), va, desc);
	return t.pa + 8 * raw_index(g, level, va);
}

/** struct dump - every reachable table, as words. */
struct dump {
	uint64_t *word; /* a table's address, then its entries, depth first */
	size_t n, room;
	size_t tables;
};

static inline void dump_word(struct dump *d, uint64_t word)
{
	if (d->n == d->room) {
		d->room = d->room ? 2 * d->room : 4096;
		d->word = realloc(d->word, d->room * sizeof(*d->word));
		assert_non_null(d->word);
	}
	d->word[d->n++] = word;
}

static inline void dump_table(struct dump *d, const struct vmsa_space *s,
			      vmsa_pa pa, int level)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(s);
	const vmsa_desc *entry = vmsa_memory_frame(vmsa_space_memory(s), pa);
	const unsigned n = raw_entries(g, level);

	assert_non_null(entry);
	d->tables++;
	dump_word(d, pa);
	for (unsigned i = 0; i < n; i++)
		dump_word(d, entry[i]);
	for (unsigned i = 0; i < n; i++) {
		if (level < 3 && (entry[i] & 3) == 3)
			dump_table(d, s, raw_address(g, entry[i]), level + 1);
	}
}

/** dump_space() - read all tables of a space; free with dump_free(). */
static inline struct dump dump_space(const struct vmsa_space *s)
{
	struct dump d = { 0 };

	dump_table(&d, s, vmsa_space_root(s),
		   vmsa_space_geometry(s)->start_level);
	return d;
}

static inline void dump_free(struct dump *d)
{
	free(d->word);
}

/** assert_unchanged() - the tables are what they were; frees @before. */
static inline void assert_unchanged(const struct vmsa_space *s,
				    struct dump *before)
{
	struct dump now = dump_space(s);

	assert_int_equal(now.n, before->n);
	assert_memory_equal(now.word, before->word, 8 * now.n);
	dump_free(&now);
	dump_free(before);
}

/** live_frames() - table frames the memory's accounts say are in use. */
static inline uint64_t live_frames(struct vmsa_memory *m)
{
	struct vmsa_memory_stats stats;
	uint64_t n = 0;

	vmsa_memory_stats(m, &stats);
	for (int i = 0; i < VMSA_LEVELS; i++)
		n += stats.live[i];
	return n;
}

/** struct shape - one row of geometries a test runs through. */
struct shape {
	const char *name;
	unsigned granule_shift, va_bits;
	enum vmsa_format format;
};

/** all_shapes - each granule, each format, each start level worth a walk. */
static const struct shape all_shapes[] = {
	{ "4K 48", 12, 48, VMSA_FORMAT_48 },
	{ "4K 39", 12, 39, VMSA_FORMAT_48 },
	{ "4K 31", 12, 31, VMSA_FORMAT_48 },
	{ "4K 52 LPA2", 12, 52, VMSA_FORMAT_LPA2 },
	{ "4K 48 LPA2", 12, 48, VMSA_FORMAT_LPA2 },
	{ "16K 48", 14, 48, VMSA_FORMAT_48 },
	{ "16K 47", 14, 47, VMSA_FORMAT_48 },
	{ "16K 36", 14, 36, VMSA_FORMAT_48 },
	{ "16K 52 LPA2", 14, 52, VMSA_FORMAT_LPA2 },
	{ "64K 48", 16, 48, VMSA_FORMAT_48 },
	{ "64K 42", 16, 42, VMSA_FORMAT_48 },
	{ "64K 52 LPA", 16, 52, VMSA_FORMAT_LPA },
	{ "64K 48 LPA", 16, 48, VMSA_FORMAT_LPA },
};

#endif /* TEST_TABLES_H */
