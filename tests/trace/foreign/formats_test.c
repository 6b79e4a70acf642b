/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * formats_test.c - each format's accesses come out as records
 *
 * Lackey's and perf's texts are genuine: samples/tiny.s tells how they were
 * made, and its accesses are told here by hand.  The others are made up in
 * the published layouts.
 */
#include "foreign.h"

static struct made m;

static const char *sample(const char *name, char *buffer)
{
	snprintf(buffer, 640, "%s/tests/trace/foreign/samples/%s",
		 getenv("VMSA_SOURCE_ROOT"), name);
	return buffer;
}

/*
 * tiny.s: 2 instructions, 3 rounds of 7 (the first loads, the third stores,
 * the fourth does both), 5 more of which the second loads over a page's end.
 */
static void lackey_tells_of_tiny(void **state)
{
	const struct want want[] = {
		{ 0, 0x401, F, false, 0, 0 },  { 2, 0x402, D, false, 0, 0 },
		{ 4, 0x402, D, true, 0, 0 },   { 9, 0x403, D, false, 2, 0 },
		{ 11, 0x403, D, true, 0, 0 },  { 16, 0x404, D, false, 2, 0 },
		{ 18, 0x404, D, true, 0, 0 },  { 24, 0x402, D, false, 2, 0 },
		{ 24, 0x403, D, false, 0, 0 },
	};
	char path[640];

	import_file(state, sample("tiny.lackey", path),
		    of_format(VMSA_FOREIGN_LACKEY), &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
	assert_u64_equal(m.totals.end_insn, 2 + 3 * 7 + 5);
	assert_u64_equal(m.totals.accesses, 3 * 4 + 2);
	assert_u64_equal(m.totals.moves, 1);
	assert_true(m.record[0].el0);
}

/* Page faults of tiny: two of exec's in the kernel, one fetch, 3 times 2. */
static void perf_tells_of_tiny_with_and_without_symbols(void **state)
{
	static const char *const names[] = { "tiny.perf", "tiny-all.perf" };
	const struct want want[] = {
		{ 0, UINT64_C(14008) << 48, VMSA_TRACE_TTBR1, 0, 0, 0 },
		{ 0, 14008, VMSA_TRACE_TASK, false, 0, 0 },
		{ 0, 0xffffffff81b75, F, false, 0, VMSA_TRACE_KERNEL },
		{ 0, 0x7ffd6bca0, D, false, 0, 0 },
		{ 1, 0xffffffff821ef, F, false, 0, VMSA_TRACE_KERNEL },
		{ 1, 0x7ffd6bc9f, D, false, 0, 0 },
		{ 2, 0x401, F, false, 0, 0 },
		{ 3, 0x402, D, false, 0, 0 },
		{ 5, 0x403, D, false, 1, 0 },
		{ 7, 0x404, D, false, 1, 0 },
	};
	char path[640];

	for (unsigned i = 0; i < 2; i++) {
		import_file(state, sample(names[i], path),
			    of_format(VMSA_FOREIGN_PERF), &m);
		assert_int_equal(m.ret, 0);
		assert_records(&m, want, COUNT(want));
		assert_false(m.record[2].el0);
		assert_true(m.record[6].el0);
		assert_u64_equal(m.totals.end_insn, 9);
		assert_u64_equal(m.totals.accesses, 8);
	}
}

/* Fields of perf script, in all the ways they can be asked for. */
static void perf_lines_may_lack_fields(void **state)
{
	static const struct {
		const char *line;
		bool pid, ip, write;
	} rows[] = {
		{ "mem-stores:           402000 \n", 0, 0, 1 },
		{ " 7/9 [001] 1.000001:  12 cpu/mem-loads,ldlat=30/P: "
		  "          402000 |OP STORE|LVL L1 hit|TLB L1 hit|          "
		  " 401000 add+0x1 (/bin/x)\n",
		  1, 1, 1 },
		{ "a 2 b     7 1.5:   page-faults:           402000"
		  "           401000 add+0x0 (/bin/add) \n",
		  1, 1, 0 },
		{ "  7 dTLB-load-misses:u:           402000 add (/bin/add) "
		  "          401000\n",
		  1, 1, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s", rows[i].line);
		import_bytes(state, rows[i].line, strlen(rows[i].line),
			     of_format(VMSA_FOREIGN_PERF), &m);
		assert_int_equal(m.ret, 0);
		assert_int_equal(m.totals.by_kind[VMSA_TRACE_TASK],
				 rows[i].pid);
		assert_int_equal(m.totals.by_kind[F], rows[i].ip);
		assert_int_equal(m.totals.by_kind[D], 1);
		assert_u64_equal(m.record[m.n - 1].page, 0x402);
		assert_int_equal(m.record[m.n - 1].write, rows[i].write);
		if (rows[i].pid)
			assert_u64_equal(m.record[1].a, 7);
	}
}

/* SPE samples of branches, for one, have no data address. */
static void perf_samples_without_address_are_skipped(void **state)
{
	static const char line[] =
		"branches:                0           401000 main (/bin/x)\n";

	import_bytes(state, line, sizeof(line) - 1,
		     of_format(VMSA_FOREIGN_PERF), &m);
	assert_int_equal(m.ret, 0);
	assert_int_equal(m.totals.by_kind[F], 1);
	assert_int_equal(m.totals.by_kind[D], 0);
	assert_u64_equal(m.result.skipped, 1);
}

static void champsim_loads_come_before_its_stores(void **state)
{
	const uint64_t none[4] = { 0 },
		       loads[4] = { 0x5008, 0, 0x5010, 0x6000 },
		       stores[2] = { 0, 0x7ff8 };
	const struct want want[] = {
		{ 0, 0x400, F, false, 0, 0 },
		{ 0, 0x005, D, false, 0, 0 },
		{ 0, 0x006, D, false, 1, 0 },
		{ 0, 0x007, D, true, 0, 0 },
		{ 2, KERNEL_PAGE, F, false, 0, VMSA_TRACE_KERNEL },
		{ 2, 0x005, D, false, 0, 0 },
		{ 2, 0x006, D, false, 1, 0 },
	};
	static struct bytes b;

	b.size = 0;
	put_champsim(&b, 0x400ffc, loads, stores);
	put_champsim(&b, 0x400ffc, none, none);
	put_champsim(&b, KERNEL_PAGE << 12, loads, none);
	import_bytes(state, b.data, b.size, of_format(VMSA_FOREIGN_CHAMPSIM),
		     &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
	assert_u64_equal(m.totals.end_insn, 3);
	assert_u64_equal(m.totals.accesses, 7);
	assert_true(m.record[0].el0);
	assert_false(m.record[5].el0);
}

/* 8 of address, 2 + 4 + 4 of flags and registers, 6 of padding, and so on. */
static void put_cloudsuite(struct bytes *b, unsigned asid)
{
	put_number(b, 0x400000, 8);
	for (unsigned i = 0; i < 2; i++)
		put_number(b, 0, 8);
	for (unsigned i = 0; i < 4; i++)
		put_number(b, i == 3 ? 0x8000 : 0, 8);
	for (unsigned i = 0; i < 4; i++)
		put_number(b, i == 3 ? 0x9000 : 0, 8);
	put_number(b, asid, 8);
}

/* The pages of another process are others, whatever their addresses. */
static void cloudsuite_instructions_have_an_address_space(void **state)
{
	const struct want want[] = {
		{ 0, UINT64_C(0x1234) << 48, VMSA_TRACE_TTBR1, 0, 0, 0 },
		{ 0, 0x1234, VMSA_TRACE_TASK, false, 0, 0 },
		{ 0, 0x400, F, false, 0, 0 },
		{ 0, 0x009, D, false, 0, 0 },
		{ 0, 0x008, D, true, 0, 0 },
		{ 1, 0x009, D, false, 0, 0 },
		{ 1, 0x008, D, true, 0, 0 },
		{ 2, UINT64_C(1) << 48, VMSA_TRACE_TTBR1, 0, 0, 0 },
		{ 2, 1, VMSA_TRACE_TASK, false, 0, 0 },
		{ 2, 0x400, F, false, 0, 0 },
		{ 2, 0x009, D, false, 0, 0 },
		{ 2, 0x008, D, true, 0, 0 },
	};
	static struct bytes b;

	b.size = 0;
	put_cloudsuite(&b, 0x1234);
	put_cloudsuite(&b, 0x1234);
	put_cloudsuite(&b, 1);
	import_bytes(state, b.data, b.size, of_format(VMSA_FOREIGN_CLOUDSUITE),
		     &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
}

/* Numbers of DynamoRIO's trace_type_t and trace_marker_type_t. */
static void drmemtrace_entries_become_records(void **state)
{
	const struct want want[] = {
		{ 0, UINT64_C(77) << 48, VMSA_TRACE_TTBR1, 0, 0, 0 },
		{ 0, 77, VMSA_TRACE_TASK, false, 0, 0 },
		{ 0, 0x400, F, false, 0, 0 },
		{ 0, 0x401, F, false, 0, 0 },
		{ 0, 0x005, D, false, 0, 0 },
		{ 1, 0x006, VMSA_TRACE_FRAME, false, 0, 0 },
		{ 1, 0x006, D, true, 0, 0 },
		{ 4, 0x402, F, false, 0, 0 },
	};
	static struct bytes b;

	b.size = 0;
	put_entry(&b, 25, 0, 5);        /* HEADER, version 5 */
	put_entry(&b, 28, 12, 5);       /* VERSION */
	put_entry(&b, 28, 9, 0x240);    /* FILETYPE: x86-64, encodings */
	put_entry(&b, 22, 4, 78);       /* THREAD */
	put_entry(&b, 24, 4, 77);       /* PID */
	put_entry(&b, 28, 2, 999);      /* TIMESTAMP */
	put_entry(&b, 47, 8, ~0ull);    /* ENCODING */
	put_entry(&b, 10, 4, 0x400ffe); /* INSTR over a page's end */
	put_entry(&b, 0, 8, 0x5008);    /* READ */
	put_entry(&b, 2, 8, 0x9000);    /* PREFETCH */
	put_entry(&b, 28, 15, 0x99000); /* PHYSICAL_ADDRESS */
	put_entry(&b, 28, 17, 0x6000);  /* VIRTUAL_ADDRESS */
	put_entry(&b, 48, 2, 0x401002); /* INSTR_TAKEN_JUMP */
	put_entry(&b, 1, 4, 0x6000);    /* WRITE */
	put_entry(&b, 29, 2, 0x401002); /* INSTR_NO_FETCH */
	put_entry(&b, 1, 4, 0x6004);    /* WRITE */
	put_entry(&b, 10, 2, 0x401ff0); /* INSTR */
	put_entry(&b, 17, 2, 0x020e);   /* BUNDLE: 14 bytes, then 2 */
	put_entry(&b, 20, 64, 0xa000);  /* DATA_FLUSH */
	put_entry(&b, 23, 4, 78);       /* THREAD_EXIT */
	put_entry(&b, 26, 0, 0);        /* FOOTER */
	import_bytes(state, b.data, b.size, of_format(VMSA_FOREIGN_DRMEMTRACE),
		     &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
	assert_u64_equal(m.record[5].page, 6);
	assert_u64_equal(m.record[5].a, 0x99);
	assert_u64_equal(m.totals.end_insn, 5);
	assert_u64_equal(m.totals.accesses, 3);
	assert_u64_equal(m.result.skipped, 2);
}

/* A frame told between an instruction and its load; an address alone. */
static void drmemtrace_markers_may_stand_anywhere(void **state)
{
	const struct want want[] = {
		{ 0, 0x400, F, false, 0, 0 },
		{ 1, 0x006, VMSA_TRACE_FRAME, false, 0, 0 },
		{ 1, 0x006, D, false, 0, 0 },
	};
	static struct bytes b;

	b.size = 0;
	put_entry(&b, 25, 0, 5);        /* HEADER */
	put_entry(&b, 10, 4, 0x400000); /* INSTR */
	put_entry(&b, 28, 15, 0x99000); /* PHYSICAL_ADDRESS */
	put_entry(&b, 28, 17, 0x6000);  /* VIRTUAL_ADDRESS */
	put_entry(&b, 28, 17, 0x7000);  /* of none */
	put_entry(&b, 0, 8, 0x6000);    /* READ of the first instruction */
	put_entry(&b, 30, 4, 0x400000); /* INSTR_MAYBE_FETCH: it goes on */
	put_entry(&b, 30, 4, 0x400004); /* another one */
	put_entry(&b, 26, 0, 0);        /* FOOTER */
	import_bytes(state, b.data, b.size, of_format(VMSA_FOREIGN_DRMEMTRACE),
		     &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
	assert_u64_equal(m.totals.end_insn, 2);
}

/* Commands: ReadReq 1, ReadResp 2, WriteReq 4; INST_FETCH is flag 0x100. */
static const struct packet packets[] = {
	{ .tick = 500, .cmd = 1, .addr = 0x80001ffc, .size = 8 },
	{ .tick = 600, .cmd = 2, .addr = 0x80001ffc, .size = 8 },
	{ .tick = 1ull << 60,
	  .cmd = 4,
	  .addr = 0x80003000,
	  .size = 64,
	  .pc = 0x400000 },
	{ .tick = 1ull << 61,
	  .cmd = 1,
	  .addr = 0x80004000,
	  .size = 64,
	  .flags = 0x100 },
};

static void put_packets(struct bytes *b)
{
	b->size = 0;
	put_gem5_header(b);
	for (size_t i = 0; i < COUNT(packets); i++)
		put_packet(b, &packets[i]);
}

static void gem5_packets_become_records(void **state)
{
	const struct want want[] = {
		{ 0, 0x80001, D, false, 0, 0 }, { 0, 0x80002, D, false, 0, 0 },
		{ 1, 0x400, F, false, 0, 0 },   { 1, 0x80003, D, true, 0, 0 },
		{ 2, 0x80004, F, false, 0, 0 },
	};
	static struct bytes b;
	struct vmsa_trace *t;

	put_packets(&b);
	import_bytes(state, b.data, b.size, of_format(VMSA_FOREIGN_GEM5), &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
	assert_u64_equal(m.totals.end_insn, 3);
	assert_u64_equal(m.result.skipped, 1);
	assert_int_equal(vmsa_trace_open(m.path, &t, NULL), 0);
	assert_string_equal(vmsa_trace_get(t, "capture.object"), "system.mon0");
	assert_string_equal(vmsa_trace_get(t, "capture.stamps"), "packets");
	assert_string_equal(vmsa_trace_get(t, "capture.format"), "gem5");
	vmsa_trace_close(t);
}

/* PA - phys_base + linear_base, and of the PC nothing is known. */
static void physical_addresses_become_the_linear_map(void **state)
{
	static const char *const lines[] = { "machine.phys_base", "0x80000000",
					     NULL };
	const struct want want[] = {
		{ 0, 0xffff000000001, D, false, 0, VMSA_TRACE_LINEAR },
		{ 0, 0xffff000000002, D, false, 0, VMSA_TRACE_LINEAR },
		{ 1, 0xffff000000003, D, true, 0, VMSA_TRACE_LINEAR },
		{ 2, 0xffff000000004, F, false, 0, VMSA_TRACE_LINEAR },
	};
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_GEM5);
	static struct bytes b;

	in.physical = true;
	in.lines = lines;
	put_packets(&b);
	import_bytes(state, b.data, b.size, in, &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
	assert_false(m.record[0].el0);
	in.format = VMSA_FOREIGN_CHAMPSIM;
	import_bytes(state, b.data, b.size, in, &m);
	assert_int_equal(m.ret, -EINVAL);
}

static void formats_have_names(void **state)
{
	enum vmsa_foreign_format f;

	(void)state;
	for (unsigned i = 0; i < VMSA_FOREIGN_NR_FORMATS; i++) {
		assert_int_equal(vmsa_foreign_format_find(
					 vmsa_foreign_format_name(i), &f),
				 0);
		assert_int_equal(f, i);
	}
	assert_int_equal(vmsa_foreign_format_find("pin", &f), -ENOENT);
	assert_string_equal(vmsa_foreign_format_name(99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(lackey_tells_of_tiny),
		FILES(perf_tells_of_tiny_with_and_without_symbols),
		FILES(perf_lines_may_lack_fields),
		FILES(perf_samples_without_address_are_skipped),
		FILES(champsim_loads_come_before_its_stores),
		FILES(cloudsuite_instructions_have_an_address_space),
		FILES(drmemtrace_entries_become_records),
		FILES(drmemtrace_markers_may_stand_anywhere),
		FILES(gem5_packets_become_records),
		FILES(physical_addresses_become_the_linear_map),
		cmocka_unit_test(formats_have_names),
	};

	return cmocka_run_group_tests_name("foreign formats", tests, NULL,
					   NULL);
}
