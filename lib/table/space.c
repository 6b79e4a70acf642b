/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * space.c - make a space, and the lock of its writer
 *
 * The constants a lookup needs are computed here once: what a descriptor's
 * address bits are in this format, which levels may have leaves, and where the
 * memory's main bank lies.  Lookups then have no switch on geometry.
 */
#include "table/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Where this format keeps its output address (D8.3). Most bits stay where they
 * are; what lies above bit 47 is folded into the low ones: PA[51:48] in bits
 * 15:12 with LPA, PA[51:50] in bits 9:8 with LPA2.
 */
static void learn_format(struct vmsa_space *s)
{
	const struct vmsa_geometry *g = &s->geometry;

	s->oa_low = vmsa_oa_mask(g);
	if (g->format == VMSA_FORMAT_LPA) {
		s->oa_high = VMSA_BITS(15, 12);
		s->oa_shift = 36;
	} else if (g->format == VMSA_FORMAT_LPA2) {
		s->oa_high = VMSA_BITS(9, 8);
		s->oa_shift = 42;
	}
	s->oa_low &= ~s->oa_high;
	for (int level = VMSA_MIN_LEVEL; level < VMSA_MAX_LEVEL; level++)
		s->leaf_type[VMSA_LEVEL_SLOT(level)] =
			vmsa_level_has_leaf(g, level) ? VMSA_DESC_VALID
						      : VMSA_NO_LEAF;
	/* At level 3 a page is 0b11, and 0b01 is not valid. */
	s->leaf_type[VMSA_LEVEL_SLOT(VMSA_MAX_LEVEL)] = VMSA_DESC_TYPE;
}

/*
 * Take or find the root table and clear it.  A root of the caller's may be
 * smaller than a granule, and need be aligned to its own size only.
 */
static int place_root(struct vmsa_space *s, vmsa_pa root)
{
	const struct vmsa_geometry *g = &s->geometry;
	int ret = 0;

	if (root == VMSA_NO_PA)
		ret = vmsa_frame_alloc(s->memory, VMSA_EARLY, g->start_level,
				       &root);
	if (ret)
		return ret;
	s->root = root;
	s->root_entries = vmsa_memory_host(s->memory, root);
	if (!s->root_entries || root & (vmsa_root_bytes(g) - 1))
		return -EFAULT;
	memset(s->root_entries, 0, vmsa_root_bytes(g));
	return 0;
}

int vmsa_space_create(const struct vmsa_space_config *config,
		      struct vmsa_space **out)
{
	const struct vmsa_geometry *g = &config->geometry;
	struct vmsa_space *s;
	int ret;

	if (g->granule_shift != config->memory->granule_shift)
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->geometry = *g;
	s->span = UINT64_C(1) << g->va_bits;
	s->root_shift = vmsa_level_shift(g, g->start_level);
	s->memory = config->memory;
	/* The upper half ends at 2^64, so it starts at minus its size. */
	s->base = config->upper ? -s->span : 0;
	learn_format(s);
	s->translate = vmsa_pick_translate(g);
	s->main_table = s->memory->main_start | VMSA_DESC_TYPE;
	s->main_size = s->memory->main_size;
	s->main_host = s->memory->main_host;
	ret = place_root(s, config->root);
	if (!ret)
		ret = -pthread_mutex_init(&s->writer, NULL);
	if (ret) {
		free(s);
		return ret;
	}
	*out = s;
	return 0;
}

void vmsa_space_destroy(struct vmsa_space *space)
{
	if (!space)
		return;
	pthread_mutex_destroy(&space->writer);
	free(space);
}

const struct vmsa_geometry *vmsa_space_geometry(const struct vmsa_space *space)
{
	return &space->geometry;
}

struct vmsa_memory *vmsa_space_memory(const struct vmsa_space *space)
{
	return space->memory;
}

vmsa_pa vmsa_space_root(const struct vmsa_space *space)
{
	return space->root;
}

vmsa_va vmsa_space_base(const struct vmsa_space *space)
{
	return space->base;
}

void vmsa_space_lock(struct vmsa_space *space)
{
	pthread_mutex_lock(&space->writer);
}

/*
 * What was streamed has to be visible to whoever takes the lock next: the mutex
 * orders plain stores, not those around the cache.
 */
void vmsa_space_unlock(struct vmsa_space *space)
{
	vmsa_space_settle(space);
	pthread_mutex_unlock(&space->writer);
}

uint32_t vmsa_space_read_begin(const struct vmsa_space *space)
{
	return (uint32_t)vmsa_space_changes(space);
}

bool vmsa_space_read_retry(const struct vmsa_space *space, uint32_t begun)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return (uint32_t)vmsa_space_changes(space) != begun;
}
