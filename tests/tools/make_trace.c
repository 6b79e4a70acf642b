/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * make_trace.c - write a trace whose every miss can be counted by hand
 *
 *     make_trace FILE
 *
 * A machine of 4 GiB at 1 GiB, as qemu-virt; its CPU loads once from each of
 * 2048 pages of the linear map, in order, and then again: one load an
 * instruction, 4096 in all.  The pages are those of PA 2 GiB on.
 */
#include <stdio.h>

#include "vmsa/trace.h"

#define PAGES  2048
#define PASSES 2
#define LINEAR UINT64_C(0xffff000000000000)
#define FIRST  ((LINEAR + (UINT64_C(1) << 30)) >> VMSA_TRACE_PAGE_SHIFT)

static const char *const lines[][2] = {
	{ "machine.page_size", "4096" },
	{ "machine.va_bits", "48" },
	{ "machine.linear_base", "0xffff000000000000" },
	{ "machine.phys_base", "0x40000000" },
	{ "machine.ram", "0x40000000-0x140000000" },
};

static int write_records(struct vmsa_trace_writer *w)
{
	const struct vmsa_trace_totals totals = {
		.end_insn = PASSES * PAGES,
	};
	int ret = 0;

	for (unsigned i = 0; i < PASSES * PAGES && !ret; i++) {
		const struct vmsa_trace_record r = {
			.kind = VMSA_TRACE_DATA,
			.region = VMSA_TRACE_LINEAR,
			.insn = i,
			.page = FIRST + i % PAGES,
			.victim = VMSA_TRACE_NO_VICTIM,
		};

		ret = vmsa_trace_writer_add(w, 0, &r, 1, NULL);
	}
	return ret ? ret : vmsa_trace_writer_end(w, 0, &totals);
}

int main(int argc, char **argv)
{
	const struct vmsa_trace_config config = VMSA_TRACE_CONFIG_DEFAULT;
	struct vmsa_trace_writer *w;
	int ret;

	if (argc != 2 || vmsa_trace_writer_create(argv[1], &config, &w, NULL))
		return 2;
	ret = 0;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]) && !ret; i++)
		ret = vmsa_trace_writer_set(w, lines[i][0], lines[i][1]);
	if (!ret)
		ret = write_records(w);
	if (!ret)
		ret = vmsa_trace_writer_finish(w, NULL);
	vmsa_trace_writer_destroy(w);
	return ret ? 2 : 0;
}
