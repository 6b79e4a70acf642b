/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bringup.c - from the finished map to user space (3.1, 3.5, 3.6, 6)
 *
 *     map_mem -> allocator -> other CPUs -> capabilities final -> text alias
 *                                           repaint, KPTI         read-only
 *             -> rodata -> user space
 *
 * The map was built on what the boot CPU can do.  If another CPU cannot change
 * mapping sizes live, it must not meet a map that will be split, so everything
 * is split to pages at once while only the boot CPU uses it: the repaint.
 */
#include "linux/boot/boot.h"
#include "linux/callers/callers.h"
#include "linux/map/map.h"

#include <errno.h>

void vmsa_linux_start_allocator(struct vmsa_linux *sys)
{
	sys->allocator_up = true;
}

/*
 * Before capabilities are final a CPU that lacks BBM takes it from the system;
 * after, it is the CPU that is turned away (6.2).
 */
int vmsa_linux_online_cpu(struct vmsa_linux *sys, const struct vmsa_cpu *cpu)
{
	const bool bbm = vmsa_linux_cpu_has_bbm(sys->kernel.version, cpu);

	if (sys->caps_final && sys->system_bbm && !bbm)
		return -EPERM;
	if (!sys->caps_final && !bbm)
		sys->system_bbm = false;
	sys->nr_online++;
	return 0;
}

/* --- repaint (6.3) ------------------------------------------------------- */

/*
 * The others leave the linear map: nothing of it may stay in their TLBs while
 * it is changed under them, so each points TTBR1 to an empty table and
 * invalidates what it has, locally.
 */
static void park_others(struct vmsa_linux *l)
{
	for (unsigned pe = 1; pe < l->nr_online; pe++) {
		vmsa_space_set_pe(l->space, (uint16_t)pe);
		vmsa_space_barrier(l->space, VMSA_ISB);
		vmsa_space_tlbi(l->space,
				(struct vmsa_tlbi){ .op = VMSA_TLBI_VMALLE1,
						    .scope = VMSA_TLBI_LOCAL });
		vmsa_space_barrier(l->space, VMSA_DSB_NSH);
		vmsa_space_barrier(l->space, VMSA_ISB);
	}
	vmsa_space_set_pe(l->space, 0);
}

/* Back to swapper; ISB after TTBR1 is written. */
static void release_others(struct vmsa_linux *l)
{
	for (unsigned pe = 1; pe < l->nr_online; pe++) {
		vmsa_space_set_pe(l->space, (uint16_t)pe);
		vmsa_space_barrier(l->space, VMSA_ISB);
	}
	vmsa_space_set_pe(l->space, 0);
}

/*
 * Everything but the text alias, which stays large to its last whole leaf: the
 * walks split a leaf that their range only touches (6.3, step 4).
 */
static int repaint(struct vmsa_linux *l)
{
	const struct vmsa_linux_layout *at = &l->layout;
	const vmsa_va text = vmsa_linux_va(l, l->image);
	int ret;

	vmsa_space_begin(l->space, "repaint");
	park_others(l);
	ret = vmsa_linux_split_to_pages(
		l, at->linear_start, text + l->kernel.image.stext, VMSA_LATE);
	if (!ret)
		ret = vmsa_linux_split_to_pages(
			l, text + l->kernel.image.init_begin, at->page_end,
			VMSA_LATE);
	if (!ret)
		vmsa_linux_flush(l, at->linear_start, at->page_end);
	release_others(l);
	vmsa_space_end(l->space, "repaint");
	/* The kernel panics. */
	return ret ? -ENOTRECOVERABLE : 0;
}

/* --- KPTI (1.3) ---------------------------------------------------------- */

/*
 * Set nG in all valid entries below a table, tables among them: there the bit
 * is ignored by hardware, and the kernel uses it to know where it has been.
 * Entries that have it already are not stored again.
 */
static void make_ng(struct vmsa_linux *l, struct vmsa_table *t, vmsa_va va)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const uint64_t span = vmsa_level_span(g, t->level);
	const unsigned n = vmsa_level_entries(g, t->level);

	for (unsigned i = 0; i < n; i++, va += span) {
		const vmsa_desc d = vmsa_table_get(t, i);
		struct vmsa_table child;

		if (!is_valid(d))
			continue;
		if (t->level < PTE_LEVEL && is_table(d) &&
		    !vmsa_table_child(l->space, t->level, d, &child))
			make_ng(l, &child, va);
		if (!(d & VMSA_LEAF_NG))
			vmsa_table_set(l->space, t, i, va, d | VMSA_LEAF_NG);
	}
}

/* The whole of swapper becomes nG, tables too, with all CPUs stopped. */
static void convert_to_ng(struct vmsa_linux *l)
{
	struct vmsa_table root;

	vmsa_space_begin(l->space, "kpti");
	vmsa_table_root(l->space, &root);
	make_ng(l, &root, vmsa_space_base(l->space));
	l->policy.use_ng = true;
	vmsa_linux_flush(l, l->layout.linear_start, l->layout.page_end);
	vmsa_space_end(l->space, "kpti");
}

/*
 * From now on "the system has BBM" has an answer.  The posted patch (its test
 * is BBM_LEVEL2) knew no repaint.
 */
int vmsa_linux_finalise_cpus(struct vmsa_linux *sys)
{
	int ret = 0;

	sys->caps_final = true;
	if (sys->policy.requires_bbm && !sys->system_bbm &&
	    sys->rules->bbm_test != BBM_LEVEL2)
		ret = repaint(sys);
	if (!ret && sys->args.kpti && !sys->policy.use_ng)
		convert_to_ng(sys);
	return ret;
}

/* --- read-only ----------------------------------------------------------- */

/*
 * 3.5: the mapping code runs again over the alias of [_text, __init_begin) with
 * another protection, over whatever leaves are there.  It may not allocate: the
 * tables must exist.  Done whatever rodata= says.
 */
int vmsa_linux_mark_text_ro(struct vmsa_linux *sys)
{
	const struct vmsa_linux_map map = {
		.pa = sys->image,
		.va = vmsa_linux_va(sys, sys->image),
		.size = sys->kernel.image.init_begin,
		.prot = vmsa_linux_prot(sys, VMSA_PROT_RO),
		.flags = sys->rules->text_ro_cont ? 0 : VMSA_LINUX_NO_CONT,
	};
	int ret;

	vmsa_space_begin(sys->space, "mark_text_ro");
	ret = vmsa_linux_map_with(sys, &map, VMSA_LATE, false);
	vmsa_linux_flush(sys, map.va, map.va + map.size);
	vmsa_space_end(sys->space, "mark_text_ro");
	return ret;
}

/* Data and bss stay reachable by their image mapping only (3.6). */
int vmsa_linux_set_data_alias(struct vmsa_linux *l, bool valid)
{
	const struct vmsa_linux_image *image = &l->kernel.image;
	const vmsa_va data = vmsa_linux_va(l, l->image + image->init_end);
	const uint64_t pages =
		(image->bss_stop - image->init_end) >> l->kernel.granule_shift;

	return vmsa_linux_set_valid(l, data, pages, valid);
}

/*
 * 3.6: the root lies in what becomes read-only now, so writes to it go through
 * a fixmap slot from here on, and cost more (4.5). The image's own mapping is
 * not modelled.
 */
int vmsa_linux_mark_rodata_ro(struct vmsa_linux *sys)
{
	int ret = 0;

	if (!sys->policy.rodata_enabled)
		return 0;
	sys->root_is_ro = true;
	vmsa_space_begin(sys->space, "mark_rodata_ro");
	if (sys->rules->data_alias_invalid)
		ret = vmsa_linux_set_data_alias(sys, false);
	vmsa_space_end(sys->space, "mark_rodata_ro");
	return ret;
}

/* All stages, in the order of 3.1. */
int vmsa_linux_boot(struct vmsa_linux *sys, const struct vmsa_machine *machine)
{
	size_t n;
	const struct vmsa_cpu *cpus = vmsa_machine_cpus(machine, &n);
	int ret;

	ret = vmsa_linux_map_mem(sys);
	if (ret)
		return ret;
	vmsa_linux_start_allocator(sys);
	/* One that is turned away does not keep the others from booting. */
	for (size_t i = 1; i < n; i++)
		vmsa_linux_online_cpu(sys, &cpus[i]);
	ret = vmsa_linux_finalise_cpus(sys);
	if (!ret)
		ret = vmsa_linux_mark_text_ro(sys);
	if (!ret)
		ret = vmsa_linux_mark_rodata_ro(sys);
	return ret;
}
