/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * operations.c - which of Linux's operations are special to a checker
 */
#include "vmsa/linux/operations.h"

const struct vmsa_check_operation *vmsa_linux_operations(void)
{
	static const struct vmsa_check_operation operations[] = {
		{ "map", VMSA_CHECK_NO_PROMISE },
		{ "update_range", VMSA_CHECK_NO_PROMISE },
		{ "unplug", VMSA_CHECK_NO_PROMISE },
		{ "vfree", VMSA_CHECK_NO_PROMISE },
		{ "repaint", VMSA_CHECK_ALONE },
		{ NULL, 0 },
	};

	return operations;
}
