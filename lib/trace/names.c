/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmsa/trace.h"

const char *vmsa_trace_kind_name(unsigned kind)
{
	static const char *const names[VMSA_TRACE_NR_KINDS] = {
		[VMSA_TRACE_DATA] = "data",
		[VMSA_TRACE_FETCH] = "fetch",
		[VMSA_TRACE_FRAME] = "frame",
		[VMSA_TRACE_TTBR0] = "ttbr0",
		[VMSA_TRACE_TTBR1] = "ttbr1",
		[VMSA_TRACE_TLBI] = "tlbi",
		[VMSA_TRACE_TASK] = "task",
		[VMSA_TRACE_EXCEPTION] = "exception",
		[VMSA_TRACE_MARKER] = "marker",
		[VMSA_TRACE_IDLE] = "idle",
		[VMSA_TRACE_RESUME] = "resume",
		[VMSA_TRACE_SYNC] = "sync",
	};

	return kind < VMSA_TRACE_NR_KINDS ? names[kind] : "unknown";
}

const char *vmsa_trace_region_name(unsigned region)
{
	static const char *const names[VMSA_TRACE_NR_REGIONS] = {
		[VMSA_TRACE_USER] = "user",
		[VMSA_TRACE_LINEAR] = "linear",
		[VMSA_TRACE_KERNEL] = "kernel",
	};

	return region < VMSA_TRACE_NR_REGIONS ? names[region] : "unknown";
}
