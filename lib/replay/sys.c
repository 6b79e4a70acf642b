/* SPDX-License-Identifier: BSD-2-Clause */
#include "sys.h"

/* op2 of the SYS instruction; TLBI VAE1 and its kind are CRm 1, 3 or 7. */
static const struct {
	bool page, range; /* whether the row stands for an instruction */
	enum vmsa_tlbi_op op, range_op;
} by_op2[8] = {
	[0] = { .page = true, .op = VMSA_TLBI_VMALLE1 },
	[1] = { true, true, VMSA_TLBI_VAE1, VMSA_TLBI_RVAE1 },
	[2] = { .page = true, .op = VMSA_TLBI_ASIDE1 },
	[3] = { true, true, VMSA_TLBI_VAAE1, VMSA_TLBI_RVAAE1 },
	[5] = { true, true, VMSA_TLBI_VALE1, VMSA_TLBI_RVALE1 },
	[7] = { true, true, VMSA_TLBI_VAALE1, VMSA_TLBI_RVAALE1 },
};

bool vmsa_replay_tlbi(uint64_t sys, uint64_t xt, struct vmsa_tlbi *out)
{
	/* op1 = 0: EL1; CRn = 8, or 9 for the nXS forms. */
	unsigned op1 = sys >> 11 & 7, crn = sys >> 7 & 15;
	unsigned crm = sys >> 3 & 15, op2 = sys & 7;
	bool range = crm == 2 || crm == 5 || crm == 6;

	if (op1 != 0 || crn < 8 || crn > 9 || crm == 0 || crm == 4 || crm > 7)
		return false;
	if (!(range ? by_op2[op2].range : by_op2[op2].page))
		return false;
	out->op = range ? by_op2[op2].range_op : by_op2[op2].op;
	out->scope = VMSA_TLBI_LOCAL;
	out->operand = xt;
	return true;
}
