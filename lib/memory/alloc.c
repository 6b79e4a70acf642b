/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * alloc.c - frames for tables, and blocks of memory, top down
 *
 *     bank   |....free....|xx|....free....|======= handed out ====|
 *            ^            ^  ^            ^
 *            start        reserved        cursor
 *
 * Frames are taken downwards from the cursor, past whatever is reserved, as
 * memblock does before there is a page allocator: the n-th boot table lies n
 * frames below the end of memory (docs/linear-map.md, 4.3), which recorded
 * kernels confirm.  Frames given back form a list through their own first words
 * and are used before any new one.
 *
 * One writer; the allocator is part of editing and has no lock of its own.
 */
#include "memory/memory.h"

#include <errno.h>

#include "memory/fill.h"

/* Ends the list of freed frames: no address, since it is not aligned. */
#define NO_FRAME (~UINT64_C(0))

int vmsa_memory_reserve(struct vmsa_memory *memory, struct vmsa_range range)
{
	const uint64_t mask = (UINT64_C(1) << memory->granule_shift) - 1;
	struct vmsa_range frames;

	if (!range.size)
		return 0;
	if (range.start + (range.size - 1) < range.start)
		return -EINVAL;
	/* Any byte of a frame keeps the whole of it away. */
	frames.start = range.start & ~mask;
	frames.size =
		((range.start + (range.size - 1)) | mask) - frames.start + 1;
	if (!frames.size) /* the whole address space */
		return -EINVAL;
	/* What was known to be free may be taken now: look again. */
	memory->floor = memory->cursor;
	return vmsa_range_list_add(&memory->reserved, frames);
}

/*
 * The highest free place of @size bytes below @below, top down as memblock
 * looks for it.  Each step either fits, moves below a reserved range that is in
 * the way, or leaves the bank for the next lower one.
 */
static int find_below(const struct vmsa_memory *m, vmsa_pa below, uint64_t size,
		      uint64_t align, vmsa_pa *out)
{
	for (size_t i = 0; i < m->banks->n; i++) {
		const struct vmsa_host_bank *b = &m->banks->v[i];
		vmsa_pa end = b->start + b->size;

		if (below < end)
			end = below;
		while (end > b->start && end - b->start >= size) {
			const vmsa_pa at = (end - size) & ~(align - 1);
			const struct vmsa_range want = { at, size };
			const struct vmsa_range *taken;

			/*
			 * Aligning down has left the bank: no room in what is
			 * left of it.
			 */
			if (at < b->start)
				break;
			taken = vmsa_range_list_find(&m->reserved, want);
			if (!taken) {
				*out = at;
				return 0;
			}
			end = taken->start;
		}
	}
	return -ENOMEM;
}

int vmsa_memory_alloc_range(struct vmsa_memory *memory, uint64_t size,
			    uint64_t align, vmsa_pa *out)
{
	vmsa_pa at;
	int ret;

	if (!size || memory->ops.frame)
		return -ENOMEM;
	/* Below the cursor, so that it meets no frame handed out. */
	ret = find_below(memory, memory->cursor, size, align, &at);
	if (ret)
		return ret;
	memory->floor = memory->cursor;
	ret = vmsa_range_list_add(&memory->reserved,
				  (struct vmsa_range){ at, size });
	if (!ret)
		*out = at;
	return ret;
}

/* Is this the allocation that vmsa_memory_fail_nth() asked to fail? */
static bool fails_now(struct vmsa_memory *m)
{
	return m->fail_nth && --m->fail_nth == 0;
}

/*
 * A walker that is late may still read the frame as the table it was, so it is
 * cleared in whole descriptors: no torn stores.
 */
static void clear_frame(const struct vmsa_memory *m, vmsa_pa pa)
{
	vmsa_fill(vmsa_memory_host(m, pa), 1u << (m->granule_shift - 3), 0, 0);
}

/*
 * A frame freed before, cleared; its first word links to the next one.  The
 * one freed last comes first, so that undoing allocations, newest first,
 * leaves them to be made again in the same order.
 */
static int take_freed(struct vmsa_memory *m, vmsa_pa *out)
{
	const uint64_t size = UINT64_C(1) << m->granule_shift;

	while (m->free_list != NO_FRAME) {
		const struct vmsa_range frame = { m->free_list, size };

		m->free_list =
			*(const vmsa_pa *)vmsa_memory_host(m, frame.start);
		/* Reserved since it was freed: not ours any more. */
		if (vmsa_range_list_find(&m->reserved, frame))
			continue;
		clear_frame(m, frame.start);
		*out = frame.start;
		return 0;
	}
	return -ENOMEM;
}

/*
 * The lowest address of the free piece that ends at @end, inside a bank.  Known
 * once, the piece is handed out frame by frame without another search.
 */
static vmsa_pa lowest_free(const struct vmsa_memory *m, vmsa_pa end)
{
	const struct vmsa_host_bank *b = m->banks->v;
	const struct vmsa_range *taken;

	/* The bank that holds the piece's last byte. */
	while (end - 1 - b->start >= b->size)
		b++;
	taken = vmsa_range_list_find(
		&m->reserved, (struct vmsa_range){ b->start, end - b->start });
	return taken ? taken->start + taken->size : b->start;
}

/* A frame never used before: the host promises zeroes, nothing to clear. */
static int take_new(struct vmsa_memory *m, vmsa_pa *out)
{
	const uint64_t size = UINT64_C(1) << m->granule_shift;
	vmsa_pa pa;
	int ret;

	/* The piece is used up: find the next one and how far down it goes. */
	if (m->cursor - m->floor < size) {
		ret = find_below(m, m->cursor, size, size, &pa);
		if (ret)
			return ret;
		m->cursor = pa + size;
		m->floor = lowest_free(m, m->cursor);
	}
	m->cursor -= size;
	*out = m->cursor;
	return 0;
}

/*
 * Freed frames first, then new ones; frames of the caller's own go by his
 * functions.  Only table frames are counted, by the level they serve.
 */
int vmsa_frame_alloc(struct vmsa_memory *memory, enum vmsa_phase phase,
		     int level, vmsa_pa *out)
{
	int ret;

	if (fails_now(memory))
		ret = -ENOMEM;
	else if (memory->ops.frame)
		ret = memory->ops.alloc(memory->ops.arg, phase, out);
	else if (take_freed(memory, out))
		ret = take_new(memory, out);
	else
		ret = 0;
	if (ret) {
		memory->stats.failed++;
		return ret;
	}
	memory->stats.allocated++;
	memory->stats.live[VMSA_LEVEL_SLOT(level)]++;
	return 0;
}

void vmsa_frame_free(struct vmsa_memory *memory, vmsa_pa pa, int level)
{
	memory->stats.freed++;
	memory->stats.live[VMSA_LEVEL_SLOT(level)]--;
	if (memory->ops.frame) {
		memory->ops.free(memory->ops.arg, pa);
		return;
	}
	/*
	 * One whole store: a late reader takes the link for a descriptor, and
	 * learns by vmsa_space_read_retry() that it was none.
	 */
	__atomic_store_n((vmsa_pa *)vmsa_memory_host(memory, pa),
			 memory->free_list, __ATOMIC_RELAXED);
	memory->free_list = pa;
}

void vmsa_memory_fail_nth(struct vmsa_memory *memory, uint64_t n)
{
	memory->fail_nth = n;
}

void vmsa_frame_relabel(struct vmsa_memory *memory, int from, int to)
{
	memory->stats.live[VMSA_LEVEL_SLOT(from)]--;
	memory->stats.live[VMSA_LEVEL_SLOT(to)]++;
}
