/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * champsim.c - read ChampSim's instructions
 *
 *	offset            64 bytes   96 bytes (from CloudSuite)
 *	0    u64 address             same
 *	8    u8 is a branch, u8 taken            same
 *	10   registers    2 + 4      4 + 4, then 6 of padding
 *	     u64 stored   2 at 16    4 at 24
 *	     u64 loaded   4 at 32    4 at 56
 *	     u8 ASID      -          2 at 88, then 6 of padding
 *
 * An address of 0 is an empty slot.  Sizes are not told.  There is no magic:
 * the two flags are all that can give a wrong file away.
 *
 * Source   ChampSim, inc/trace_instruction.h, read for the layout
 */
#include "trace/foreign/readers.h"

/* Where the layouts differ. */
struct layout {
	size_t bytes;
	unsigned stores, stores_at, loads_at, asid_at;
};

#define LOADS 4 /* in both */

static const struct layout champsim = { VMSA_CHAMPSIM_BYTES, 2, 16, 32, 0 };
static const struct layout cloudsuite = { VMSA_CLOUDSUITE_BYTES, 4, 24, 56,
					  88 };

/* Slots in their order; nothing is told of that among them. */
static int read_slots(struct vmsa_sink *k, const uint8_t *slot, unsigned n,
		      bool write)
{
	int ret = 0;

	for (unsigned i = 0; i < n && !ret; i++) {
		const vmsa_va va = get_le64(slot + 8 * (size_t)i);

		if (va)
			ret = vmsa_sink_data(k, va, 1, write);
	}
	return ret;
}

static int read_instruction(struct vmsa_sink *k, const struct layout *l,
			    const uint8_t *p)
{
	const vmsa_va ip = get_le64(p);
	int ret = 0;

	if (p[8] > 1 || p[9] > 1)
		return vmsa_sink_bad(k, "this is no ChampSim instruction: its "
					"branch flags are neither 0 nor 1");
	if (l->asid_at)
		ret = vmsa_sink_context(k, get_le(p + l->asid_at, 2));
	vmsa_sink_begin(k, ip);
	if (!ret)
		ret = vmsa_sink_fetch(k, ip, 1);
	if (!ret)
		ret = read_slots(k, p + l->loads_at, LOADS, false);
	return ret ? ret : read_slots(k, p + l->stores_at, l->stores, true);
}

int vmsa_read_champsim(struct vmsa_sink *k)
{
	const struct layout *l = k->in->format == VMSA_FOREIGN_CHAMPSIM
					 ? &champsim
					 : &cloudsuite;
	size_t have;
	int ret;

	for (;;) {
		ret = vmsa_source_fill(&k->source, l->bytes, &have, k->err);
		if (ret || !have)
			return ret;
		if (have < l->bytes)
			return vmsa_sink_bad(k, "the file ends inside an "
						"instruction");
		ret = read_instruction(k, l, vmsa_source_data(&k->source));
		if (ret)
			return ret;
		k->source.pos += l->bytes;
	}
}
