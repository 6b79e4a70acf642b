/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walker.c - where inlined lookups begin
 *
 *     root (level 0) -> level 1 table -> level 2 table -> level 3 table
 *     '---- remembered ----'             '-- found in the window ----'
 *
 * A walker remembers what one level 0 entry leads to, so that a lookup starts
 * at level 1. The space's count of changes tells it when that may be no longer
 * so: it moves when a table is freed, and is odd while a level 0 entry is
 * stored.  A walker made while it is odd gets no quick way and is renewed at
 * its next lookup.
 *
 * Below that, tables are expected in one power-of-two window of the main bank,
 * with one set of attributes.  Adding link_bias to a table descriptor of that
 * kind leaves the offset of its table in the window and nothing else, so one
 * AND with outside tests address, type and attributes together.  A descriptor
 * that fails the test is not an error, only not the quick way's:
 * vmsa_translate() answers.
 */
#include "vmsa/table/walker.h"

#include "table/space.h"

/* What a level 0 entry covers, and the whole of a level 1 table. */
#define REACH (UINT64_C(1) << 39)

/* Is the space one that the inlined walk was written for?  See walker.h. */
static bool has_quick_way(const struct vmsa_space *s)
{
	const struct vmsa_geometry *g = &s->geometry;

	return g->granule_shift == 12 && g->format == VMSA_FORMAT_48 &&
	       (g->start_level == 0 || g->start_level == 1) &&
	       /* Bits above an address would pass for attributes. */
	       s->main_size &&
	       s->memory->main_start + s->main_size <= VMSA_BIT(48);
}

/*
 * The level 1 table that @va is translated by, if there is one: the root itself
 * with 39 address bits, else by way of level 0.
 */
static bool find_table(struct vmsa_walker *w, vmsa_va va)
{
	const struct vmsa_space *s = w->space;
	const uint64_t in_half = va - s->base;
	vmsa_desc top;

	if (s->geometry.start_level == 1) {
		w->table = s->root_entries;
		w->entries = vmsa_level_entries(&s->geometry, 1);
		w->va_bias = -s->base;
		return true;
	}
	top = vmsa_desc_load(&s->root_entries[in_half / REACH]);
	if ((top & VMSA_DESC_TYPE) != VMSA_DESC_TYPE)
		return false;
	/*
	 * NULL outside memory: no entries, so every lookup takes the slow way
	 * and gets the error from there.
	 */
	w->table = vmsa_memory_host(s->memory, vmsa_space_oa(s, top));
	w->entries = w->table ? REACH >> 30 : 0;
	w->va_bias = -(va & ~(REACH - 1));
	return w->table;
}

/*
 * The window is the top of the main bank, where boot tables are, as large as a
 * power of two can be.  All tables of a space have the same attributes, as a
 * rule; those of the table that translates @va are the ones expected.
 */
static void place_window(struct vmsa_walker *w, vmsa_va va)
{
	const struct vmsa_space *s = w->space;
	const unsigned log2_size = 63 - (unsigned)__builtin_clzll(s->main_size);
	const uint64_t size = UINT64_C(1) << log2_size;
	const uint64_t skip = s->main_size - size;
	const vmsa_desc link =
		vmsa_desc_load(&w->table[(va + w->va_bias) >> 30]);
	vmsa_desc first = s->memory->main_start + skip;

	if ((link & VMSA_DESC_TYPE) == VMSA_DESC_TYPE)
		first |= link & ~s->oa_low;
	w->link_bias = -(first | VMSA_DESC_TYPE);
	w->outside = ~((size - 1) & s->oa_low);
	w->page = s->oa_low | VMSA_DESC_TYPE;
	w->window = s->main_host + skip;
}

/*
 * The count is read first: whatever changes later moves it, and the walker is
 * found stale.
 */
struct vmsa_walker vmsa_walker_at(const struct vmsa_space *space, vmsa_va va)
{
	struct vmsa_walker w = { .space = space,
				 .begun = vmsa_space_changes(space) };

	if (has_quick_way(space) && vmsa_space_holds(space, va, 1) &&
	    !(w.begun & 1) && find_table(&w, va))
		place_window(&w, va);
	return w;
}
