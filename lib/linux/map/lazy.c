/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lazy.c - when a stored descriptor is made visible (4.6)
 *
 * A valid descriptor wants DSB ISHST and ISB.  In a lazy MMU section that
 * waits for the section's end; entries of the root never wait.  Kernels before
 * 6.16 have the sections but hold nothing back.
 *
 *     enter   store   store   store   leave        one pair, at the end
 *             ----------- due ------> DSB ISB
 *
 * A store of an invalid descriptor wants nothing: whoever invalidates flushes,
 * and the flush has barriers of its own.
 */
#include "linux/map/map.h"

/* Visible to table walks, and to what this CPU does next. */
static void publish(struct vmsa_linux *l)
{
	vmsa_space_barrier(l->space, VMSA_DSB_ISHST);
	vmsa_space_barrier(l->space, VMSA_ISB);
}

void vmsa_linux_lazy_enter(struct vmsa_linux *l)
{
	l->lazy++;
}

/* An inner section's end emits what is pending, not only the outermost's. */
void vmsa_linux_lazy_leave(struct vmsa_linux *l)
{
	l->lazy--;
	if (l->barrier_due)
		publish(l);
	l->barrier_due = false;
}

void vmsa_linux_defer_barriers(struct vmsa_linux *sys, bool defer)
{
	sys->eager_barriers = !defer;
}

/* In a section, of a kernel that holds back, unless the user says no. */
bool vmsa_linux_defers(const struct vmsa_linux *l)
{
	return l->lazy && !l->eager_barriers && !l->rules->eager_barriers;
}

void vmsa_linux_ask_barrier(struct vmsa_linux *l)
{
	if (vmsa_linux_defers(l))
		l->barrier_due = true;
	else
		publish(l);
}

/*
 * An entry of the root, past any lazy section.  Once swapper is read-only the
 * store goes through a fixmap slot, whose barriers serve for it too (4.5).
 */
static void set_root(struct vmsa_linux *l, struct vmsa_table *t, unsigned index,
		     vmsa_va va, vmsa_desc desc)
{
	if (l->root_is_ro)
		vmsa_linux_set_fixmap(l);
	vmsa_table_set(l->space, t, index, va, desc);
	if (l->root_is_ro)
		vmsa_linux_clear_fixmap(l, t->level);
	else
		publish(l);
}

/*
 * Which stores ask for a barrier: kernel pages, and everything above.  The
 * setters above PUDs do not look at what they store.
 */
static bool wants_barrier(int level, vmsa_desc desc)
{
	if (level < PUD_LEVEL)
		return true;
	if (!is_valid(desc))
		return false;
	return level < PTE_LEVEL ||
	       (desc & VMSA_LEAF_UXN && !(desc & VMSA_LEAF_AP1));
}

void vmsa_linux_set_entry(struct vmsa_linux *l, struct vmsa_table *t,
			  unsigned index, vmsa_va va, vmsa_desc desc)
{
	if (t->level == vmsa_space_geometry(l->space)->start_level) {
		set_root(l, t, index, va, desc);
		return;
	}
	vmsa_table_set(l->space, t, index, va, desc);
	if (wants_barrier(t->level, desc))
		vmsa_linux_ask_barrier(l);
}
