/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * adopt.c - an idle kernel's state after calls that were not recorded
 *
 * Pages that a running kernel made read-only or invalid are taken over from
 * the recording, page by page, through the same permission changes.  Which
 * pages these may be is known, so anything else is a difference.
 *
 *     read-only   BPF packs, a known number of pages: exactly so many
 *     invalid     guard pages of the KFENCE pool, all of them; elsewhere none
 *
 * So an idle state is not merely copied: the splits that lead to it are made
 * here, and the counts have to come out.
 */
#include <errno.h>

#include "linux/recorded/recorded.h"
#include "linux/map/map.h"

/* BPF's program packs: 2 MiB a NUMA node, their alias read-only. */
#define PACK_SIZE (UINT64_C(2) << 20)

struct adopt {
	struct vmsa_linux *l;
	uint64_t read_only; /* pages made so */
	uint64_t invalid;   /* pages of the KFENCE pool made so */
	uint64_t guards;    /* of them, pages 0, 1, 3, 5, ... */
	uint64_t elsewhere; /* invalid pages outside the pool */
};

/* The first two pages of the pool and every second one after (7.3). */
static bool is_guard(uint64_t page)
{
	return page == 0 || page % 2 == 1;
}

/*
 * Change one page of ours to what theirs is, if a running kernel could have;
 * @theirs is a leaf's descriptor for that page.
 */
static int adopt_page(struct adopt *a, vmsa_va va, vmsa_desc theirs)
{
	struct vmsa_linux *l = a->l;
	const unsigned shift = l->kernel.granule_shift;
	struct vmsa_translation ours;
	uint64_t page;

	if (vmsa_translate(l->space, va, &ours) || !is_valid(ours.desc))
		return 0;
	if (is_valid(theirs)) {
		if (!(theirs & ~ours.desc & PTE_RDONLY))
			return 0;
		a->read_only++;
		return vmsa_linux_update_range(l, va, UINT64_C(1) << shift,
					       PTE_RDONLY, PTE_WRITE);
	}
	page = l->kfence_pool == VMSA_NO_PA
		       ? UINT64_MAX
		       : (va - vmsa_linux_va(l, l->kfence_pool)) >> shift;
	if (page >= vmsa_linux_pool_size(l) >> shift)
		a->elsewhere++;
	else
		a->guards += is_guard(page);
	a->invalid++;
	return vmsa_linux_set_valid(l, va, 1, false);
}

/* Every page of a recorded run of leaves. */
static int adopt_line(struct adopt *a, const struct dump_line *d)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(a->l->space);
	const uint64_t span = vmsa_level_span(g, d->level);
	const uint64_t page = vmsa_granule(g);

	for (uint32_t i = 0; i < d->count; i++) {
		for (uint64_t off = 0; off < span; off += page) {
			const int ret = adopt_page(a, d->va + i * span + off,
						   d->desc + i * span);

			if (ret)
				return ret;
		}
	}
	return 0;
}

/*
 * How many nodes the packs were sized by.  Banks of a node are listed together.
 */
static uint64_t numa_nodes(const struct vmsa_machine *machine)
{
	size_t n;
	const struct vmsa_bank *b = vmsa_machine_banks(machine, &n);
	uint64_t nodes = 1;

	for (size_t i = 1; i < n; i++)
		nodes += b[i].node != b[i - 1].node;
	return nodes;
}

int vmsa_stage_adopt(const struct stage *s, const struct vmsa_machine *machine,
		     struct vmsa_linux *l, uint64_t *unexplained)
{
	const uint64_t pack = PACK_SIZE >> l->kernel.granule_shift;
	const uint64_t read_only =
		l->policy.rodata_full ? numa_nodes(machine) * pack : 0;
	const uint64_t guards =
		l->kfence_pool == VMSA_NO_PA ? 0 : l->kernel.kfence_objects + 2;
	struct adopt a = { .l = l };

	for (size_t i = 0; i < s->nr_lines; i++) {
		const struct dump_line *d = &s->lines[i];
		int ret;

		if (d->kind == 'T' || !vmsa_linux_is_linear(l, d->va))
			continue;
		ret = adopt_line(&a, d);
		if (ret)
			return ret;
	}
	*unexplained =
		a.elsewhere + (a.read_only != read_only) + (a.guards != guards);
	return 0;
}
