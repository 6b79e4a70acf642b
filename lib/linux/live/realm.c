/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * realm.c - memory shared with the host and taken back (7.5)
 *
 *     make invalid, with the NS bit set or cleared     split, stores, flush
 *     tell the RSI                                     may fail
 *     make valid                                       stores only
 *
 * An address with the realm's top bit set is the same memory as the host sees
 * it.  Between the steps nobody may use the page, in either guise.
 */
#include "linux/live/live.h"

#include <errno.h>

/* The bit must be one of a page's output address. */
int vmsa_linux_enter_realm(struct vmsa_linux *sys,
			   const struct vmsa_linux_realm *realm)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(sys->space);

	if (!sys->rules->knows_realms)
		return -EOPNOTSUPP;
	if (realm->ns_bit < g->granule_shift ||
	    realm->ns_bit >= vmsa_oa_bits(g))
		return -EINVAL;
	sys->realm = *realm;
	sys->in_realm = true;
	/* Found out after the map was built: requires_bbm stays (6.4). */
	sys->policy.can_set_direct_map = true;
	return 0;
}

/* What the realm's manager says; without one it agrees. */
static int tell_rsi(const struct vmsa_linux *l, vmsa_va addr, uint64_t size,
		    bool shared)
{
	if (!l->realm.rsi)
		return 0;
	return l->realm.rsi(l->realm.arg, vmsa_linux_pa(l, addr), size, shared);
}

/* Break, tell the realm's manager, make. */
static int share(struct vmsa_linux *l, vmsa_va addr, uint64_t size, bool shared)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	const vmsa_desc ns = vmsa_oa_desc(g, VMSA_BIT(l->realm.ns_bit));
	const struct vmsa_change off = vmsa_linux_validity(l, false);
	const struct vmsa_change on = vmsa_linux_validity(l, true);
	int ret;

	ret = vmsa_linux_change_range(l, addr, size,
				      off.set | (shared ? ns : 0),
				      off.clear | (shared ? 0 : ns));
	if (!ret)
		ret = tell_rsi(l, addr, size, shared);
	if (ret) {
		/* The pages leak: nobody knows whose they are. */
		l->warnings++;
		return ret;
	}
	return vmsa_linux_change_range(l, addr, size, on.set, on.clear);
}

/* Outside a realm there is nothing to do, and that is no error. */
int vmsa_linux_set_shared(struct vmsa_linux *sys, vmsa_va addr, uint64_t pages,
			  bool shared)
{
	const unsigned shift = sys->kernel.granule_shift;
	const char *name =
		shared ? "set_memory_decrypted" : "set_memory_encrypted";
	int ret;

	if (!sys->in_realm)
		return 0;
	if (addr & ((UINT64_C(1) << shift) - 1)) {
		sys->warnings++;
		return 0;
	}
	if (!vmsa_linux_is_linear(sys, addr))
		return -EINVAL;
	vmsa_space_begin(sys->space, name);
	ret = share(sys, addr, pages << shift, shared);
	vmsa_space_end(sys->space, name);
	return ret;
}
