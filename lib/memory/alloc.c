/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/memory.h"

#include <errno.h>
#include <string.h>

#define NO_FRAME (~UINT64_C(0))

int vmsa_memory_reserve(struct vmsa_memory *memory, struct vmsa_range range)
{
	const uint64_t mask = (UINT64_C(1) << memory->granule_shift) - 1;
	struct vmsa_range frames;

	if (!range.size)
		return 0;
	if (range.start + (range.size - 1) < range.start)
		return -EINVAL;
	frames.start = range.start & ~mask;
	frames.size =
		((range.start + (range.size - 1)) | mask) - frames.start + 1;
	if (!frames.size) /* the whole address space */
		return -EINVAL;
	return vmsa_range_list_add(&memory->reserved, frames);
}

/*
 * The highest free place of @size bytes below @below, top down as memblock
 * looks for it.
 */
static int find_below(const struct vmsa_memory *m, vmsa_pa below, uint64_t size,
		      uint64_t align, vmsa_pa *out)
{
	for (size_t i = 0; i < m->nr_banks; i++) {
		const struct bank *b = &m->banks[i];
		vmsa_pa end = b->start + b->size;

		if (below < end)
			end = below;
		while (end > b->start && end - b->start >= size) {
			const vmsa_pa at = (end - size) & ~(align - 1);
			const struct vmsa_range want = { at, size };
			const struct vmsa_range *taken;

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
	ret = find_below(memory, memory->cursor, size, align, &at);
	if (ret)
		return ret;
	ret = vmsa_range_list_add(&memory->reserved,
				  (struct vmsa_range){ at, size });
	if (!ret)
		*out = at;
	return ret;
}

static bool fails_now(struct vmsa_memory *m)
{
	return m->fail_nth && --m->fail_nth == 0;
}

/* A frame freed before, cleared; its first word links to the next one. */
static int take_freed(struct vmsa_memory *m, vmsa_pa *out)
{
	const vmsa_pa pa = m->free_list;
	uint64_t *frame;

	if (pa == NO_FRAME)
		return -ENOMEM;
	frame = vmsa_memory_host(m, pa);
	m->free_list = *frame;
	memset(frame, 0, (size_t)1 << m->granule_shift);
	*out = pa;
	return 0;
}

/* A frame never used before: the host promises zeroes, nothing to clear. */
static int take_new(struct vmsa_memory *m, vmsa_pa *out)
{
	const uint64_t size = UINT64_C(1) << m->granule_shift;
	vmsa_pa pa;
	int ret;

	ret = find_below(m, m->cursor, size, size, &pa);
	if (ret)
		return ret;
	m->cursor = pa;
	*out = pa;
	return 0;
}

int vmsa_frame_alloc(struct vmsa_memory *memory, enum vmsa_phase phase,
		     int level, vmsa_pa *out)
{
	int ret;

	if (fails_now(memory))
		ret = -ENOMEM;
	else if (memory->ops.frame)
		ret = memory->ops.alloc(memory->ops.arg, phase, out);
	else if (phase == VMSA_LATE && memory->free_list != NO_FRAME)
		ret = take_freed(memory, out);
	else
		ret = take_new(memory, out);
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
	*(uint64_t *)vmsa_memory_host(memory, pa) = memory->free_list;
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
