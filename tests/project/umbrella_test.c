/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * umbrella_test.c - a program of a user: one header, the shared library
 *
 * Compiled as C and as C++.
 */
#include "vmsa/vmsa.h"

#include <string.h>

int main(void)
{
	struct vmsa_linux_kernel kernel;
	struct vmsa_geometry g;

	if (strcmp(vmsa_version(), EXPECTED_VERSION))
		return 1;
	if (vmsa_geometry_init(&g, 12, 48, VMSA_FORMAT_48) ||
	    vmsa_level_span(&g, 2) != 2u << 20)
		return 2;
	if (vmsa_linux_kernel_default(VMSA_LINUX_V7_3, 16, 0, &kernel) ||
	    kernel.va_bits != 52)
		return 3;
	vmsa_linux_destroy(NULL);
	vmsa_machine_destroy(NULL);
	vmsa_case_close(NULL);
	return 0;
}
