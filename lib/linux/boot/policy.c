/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * policy.c - what decides how the linear map is built (7)
 *
 *     will permissions change page by page?    can_set_direct_map
 *     may live leaves be split?                boot_cpu_bbm, system_bbm
 *     so: pages at once, or blocks             force_pte
 *         and splits later                     requires_bbm
 *
 * The decision table of 7.2. A realm is recognised only after the map was
 * built, so it plays no part here (6.4).
 */
#include "linux/boot/boot.h"

/*
 * force_pte with @bbm as the answer to "may leaves be split". Debugging page
 * allocations changes pages from anywhere, atomic context included, where a
 * split must not be: pages whatever the CPU can do.
 */
static bool is_page_mapped(const struct vmsa_linux *l, bool bbm)
{
	const struct vmsa_linux_policy *p = &l->policy;
	const bool kfence_late = l->kernel.kfence && !p->kfence_early;

	if (p->debug_pagealloc)
		return true;
	if (l->rules->force_pte_kfence && kfence_late)
		return true;
	if (bbm)
		return false;
	return p->rodata_full || kfence_late;
}

/* For memory mapped now: the boot CPU speaks until the system can (7.2). */
bool vmsa_linux_force_pte(const struct vmsa_linux *l)
{
	const struct vmsa_linux_policy *p = &l->policy;
	const bool bbm = l->caps_final ? l->system_bbm : p->boot_cpu_bbm;

	/* 6.12 asks one question for both (3.2). */
	if (l->rules->bbm_test == BBM_NEVER)
		return p->can_set_direct_map;
	return is_page_mapped(l, bbm) ||
	       (l->in_realm && (!bbm || l->rules->force_pte_kfence));
}

void vmsa_linux_decide_again(struct vmsa_linux *l)
{
	struct vmsa_linux_policy *p = &l->policy;
	const bool kfence_late = l->kernel.kfence && !p->kfence_early;

	p->can_set_direct_map =
		p->rodata_full || p->debug_pagealloc || kfence_late;
	p->force_pte = is_page_mapped(l, p->boot_cpu_bbm);
	p->requires_bbm = !p->force_pte && p->can_set_direct_map;
}

/* From boot arguments, configuration and boot CPU to a policy. */
void vmsa_linux_decide(struct vmsa_linux *l, const struct vmsa_machine *machine)
{
	struct vmsa_linux_policy *p = &l->policy;
	const struct boot_args *args = &l->args;
	const unsigned long interval = args->has_interval
					       ? args->kfence_interval
					       : l->kernel.kfence_interval;
	const bool kaslr =
		vmsa_machine_chosen(machine)->kaslr_seed && !args->nokaslr;

	p->rodata_enabled = args->rodata_enabled;
	p->rodata_full = args->rodata_full;
	p->debug_pagealloc = l->kernel.debug_pagealloc && args->debug_pagealloc;
	p->kfence_early = l->kernel.kfence && interval;
	p->boot_cpu_bbm =
		vmsa_linux_cpu_has_bbm(l->kernel.version, &l->boot_cpu);
	/* E0PD hides the kernel as well as unmapping it does (1.3). */
	p->use_ng = kaslr && !l->boot_cpu.e0pd;
	vmsa_linux_decide_again(l);
}
