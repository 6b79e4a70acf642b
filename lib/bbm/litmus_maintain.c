/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_maintain.c - barriers and TLB maintenance of the litmus notation
 */
#include "bbm/notation.h"

#include <string.h>

/* The geometry that symbols are laid out in: see litmus.h. */
static const struct vmsa_geometry geometry = { .granule_shift = 12,
					       .va_bits = 48 };

/* --- barriers ------------------------------------------------------------ */

/* What follows "DSB" or "DMB": which accesses, how wide. */
bool vmsa_scan_barrier(struct scan *scan, struct event *e, bool dsb)
{
	static const struct {
		const char *text;
		bool loads, stores, inner, outer;
	} rows[] = {
		{ ".ISHST", 0, 1, 1, 0 }, { ".ISHLD", 1, 0, 1, 0 },
		{ ".ISH", 1, 1, 1, 0 },   { ".NSHST", 0, 1, 0, 0 },
		{ ".NSHLD", 1, 0, 0, 0 }, { ".NSH", 1, 1, 0, 0 },
		{ ".OSHST", 0, 1, 1, 1 }, { ".OSHLD", 1, 0, 1, 1 },
		{ ".OSH", 1, 1, 1, 1 },   { ".ST", 0, 1, 1, 1 },
		{ ".LD", 1, 0, 1, 1 },    { ".SY", 1, 1, 1, 1 },
		{ "", 1, 1, 1, 1 },
	};
	unsigned i = 0;

	while (rows[i].text[0] && !vmsa_scan_accept(scan, rows[i].text))
		i++;
	e->kind = EV_BARRIER;
	e->is_dsb = dsb;
	if (rows[i].stores)
		e->completes |= VMSA_ORDERS_STORES;
	/* No later instruction does anything before a DSB is complete. */
	if (rows[i].loads || dsb)
		e->completes |= VMSA_ORDERS_LOADS;
	if (dsb && rows[i].stores)
		e->completes |= VMSA_COMPLETES_STORES;
	if (dsb && rows[i].stores && rows[i].loads) {
		e->completes |= VMSA_COMPLETES_LOCAL_TLBI;
		if (rows[i].inner)
			e->completes |= VMSA_COMPLETES_IS_TLBI;
		if (rows[i].outer)
			e->completes |= VMSA_COMPLETES_OS_TLBI;
	}
	return true;
}

/* --- TLB maintenance ----------------------------------------------------- */

static bool scan_tlbi_op(struct scan *scan, struct vmsa_tlbi *out)
{
	char name[MAX_NAME];

	if (!vmsa_scan_name(scan, name))
		return false;
	for (unsigned op = 0; op < VMSA_NR_TLBI_OPS; op++) {
		for (unsigned scope = 0; scope <= VMSA_TLBI_OS; scope++) {
			out->op = (enum vmsa_tlbi_op)op;
			out->scope = (enum vmsa_tlbi_scope)scope;
			if (!strcmp(name, vmsa_tlbi_name(out->op, out->scope)))
				return true;
		}
	}
	return vmsa_scan_fail(scan, "TLBI %s is not modelled", name);
}

/* "asid=1" and "ttl=3" behind an address. */
static bool scan_hints(struct scan *scan, struct event *e, uint32_t *asid,
		       uint32_t *ttl)
{
	for (;;) {
		if (vmsa_scan_accept(scan, "asid=")) {
			e->own_asid = false;
			if (!vmsa_scan_number(scan, asid))
				return false;
		} else if (vmsa_scan_accept(scan, "ttl=")) {
			if (!vmsa_scan_number(scan, ttl))
				return false;
		} else {
			return *asid <= UINT16_MAX && *ttl <= VMSA_MAX_LEVEL;
		}
	}
}

static uint64_t encode_operand(enum vmsa_tlbi_op op, uint64_t address,
			       uint32_t asid, uint32_t ttl)
{
	const struct vmsa_tlbi_page page = {
		.address = address,
		.asid = (uint16_t)asid,
		.ttl = (uint8_t)vmsa_tlbi_ttl(geometry.granule_shift, (int)ttl)
	};
	const struct vmsa_tlbi_span span = { .base = address,
					     .asid = (uint16_t)asid,
					     .granule_shift = 12,
					     .ttl = (uint8_t)ttl };
	uint64_t operand = (uint64_t)asid << 48;

	switch (vmsa_tlbi_form(op)) {
	case VMSA_TLBI_FORM_VA:
	case VMSA_TLBI_FORM_IPA:
		return vmsa_tlbi_page_encode(op, &page);
	case VMSA_TLBI_FORM_VA_RANGE:
	case VMSA_TLBI_FORM_IPA_RANGE:
		vmsa_tlbi_span_encode(&span, &operand);
		return operand;
	default:
		return operand;
	}
}

/* The address an operand names: of a VA, or of an IPA for stage 2. */
static bool scan_operand(struct scan *scan, enum vmsa_tlbi_form form,
			 uint64_t *address)
{
	uint32_t out;
	uint8_t index = 0;

	if (form == VMSA_TLBI_FORM_ALL || form == VMSA_TLBI_FORM_ASID)
		return true;
	if (form == VMSA_TLBI_FORM_IPA || form == VMSA_TLBI_FORM_IPA_RANGE) {
		if (!vmsa_scan_output(scan, &out) || !(out & VALUE_TO_IPA))
			return vmsa_scan_fail(scan, "expected an IPA");
		index = (uint8_t)(out & VALUE_OUT);
	} else if (!vmsa_scan_va(scan, &index)) {
		return false;
	}
	*address = (uint64_t)(index + 1) << vmsa_level_shift(&geometry, 2);
	return true;
}

bool vmsa_scan_tlbi(struct scan *scan, struct event *e)
{
	struct vmsa_tlbi tlbi;
	uint64_t address = 0;
	uint32_t asid = 0, ttl = 0;

	e->kind = EV_TLBI;
	e->own_asid = true;
	if (!scan_tlbi_op(scan, &tlbi) ||
	    !scan_operand(scan, vmsa_tlbi_form(tlbi.op), &address) ||
	    !scan_hints(scan, e, &asid, &ttl))
		return vmsa_scan_fail(scan, "bad operand");
	tlbi.operand = encode_operand(tlbi.op, address, asid, ttl);
	e->tlbi.op = tlbi.op;
	e->scope = tlbi.scope;
	if (vmsa_tlbi_target(&tlbi, &geometry, &e->tlbi.target) ==
	    VMSA_TLBI_INVALIDATES)
		return true;
	return vmsa_scan_fail(scan, "nothing is promised of this operand");
}
