/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_test.c - what docs/event-log.md promises
 */
#include "support/spaces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmsa/bbm/log.h"

#define TABLES "tables 0 root=0x1000 granule=4k va=39\n"

static struct vmsa_log *open_text(const char *s)
{
	const struct vmsa_log_text text = { "a.log", s, strlen(s) };
	struct vmsa_log *log;

	assert_int_equal(vmsa_log_parse(&text, &log), 0);
	return log;
}

/* The next item, which has to be there. */
static struct vmsa_log_item next(struct vmsa_log *log)
{
	struct vmsa_log_item item;
	struct vmsa_error err = { 0 };

	if (vmsa_log_next(log, &item, &err) != 1)
		fail_msg("line %u: %s", (unsigned)err.offset, err.text);
	return item;
}

static void assert_end(struct vmsa_log *log)
{
	struct vmsa_log_item item;

	assert_int_equal(vmsa_log_next(log, &item, NULL), 0);
	vmsa_log_close(log);
}

/* --- what lines mean ----------------------------------------------------- */

static void a_store_knows_what_it_replaces(void **state)
{
	struct vmsa_log *log = open_text(
		TABLES "init 0x3000 0x40000703 2 0x1000\n"
		       "pe 7\n"
		       "store 3 0x1000 0x3008 0x50000703 @a.c:1 # why\n"
		       "store 3 0x1000 0x3008 0\n");
	struct vmsa_log_item i = next(log);

	(void)state;
	assert_int_equal(i.kind, VMSA_LOG_TABLES);
	i = next(log);
	assert_int_equal(i.kind, VMSA_LOG_EVENT);
	assert_int_equal(i.u.event.kind, VMSA_EVENT_STORE);
	assert_int_equal(i.u.event.pe, 7);
	assert_int_equal(i.u.event.level, 3);
	assert_int_equal(i.u.event.u.store.va, 0x1000);
	assert_int_equal(i.u.event.u.store.at, 0x3008);
	assert_int_equal(i.u.event.u.store.old, 0x40001703);
	assert_int_equal(i.u.event.u.store.desc, 0x50000703);
	assert_int_equal(i.u.event.u.store.count, 1);
	assert_string_equal(vmsa_log_source(log, i.source), "a.c:1");
	assert_int_equal(vmsa_log_line(log), 4);
	i = next(log);
	assert_int_equal(i.u.event.u.store.old, 0x50000703);
	assert_null(vmsa_log_source(log, i.source));
	assert_end(log);
}

/* Events have equal old descriptors only. */
static void a_run_over_unequal_entries_is_several_events(void **state)
{
	struct vmsa_log *log =
		open_text(TABLES "init 0x3010 0x703\n"
				 "store 3 0 0x3000 0x40000703 4 0x1000\n");
	static const struct {
		vmsa_va va;
		vmsa_desc old, desc;
		uint32_t count;
	} parts[] = {
		{ 0, 0, 0x40000703, 2 },
		{ 0x2000, 0x703, 0x40002703, 1 },
		{ 0x3000, 0, 0x40003703, 1 },
	};

	(void)state;
	next(log);
	for (unsigned k = 0; k < COUNT(parts); k++) {
		const struct vmsa_log_item i = next(log);

		assert_int_equal(i.u.event.u.store.va, parts[k].va);
		assert_int_equal(i.u.event.u.store.at,
				 0x3000 + parts[k].va / 512);
		assert_int_equal(i.u.event.u.store.old, parts[k].old);
		assert_int_equal(i.u.event.u.store.desc, parts[k].desc);
		assert_int_equal(i.u.event.u.store.count, parts[k].count);
	}
	assert_end(log);
}

static void tables_are_described_by_settings(void **state)
{
	struct vmsa_log *log =
		open_text("machine bbm=2 alone=3 pes=4 ha hd ets2 "
			  "tlbi_repeat=2\n"
			  "operation flush lazy alone\n"
			  "tables 5 root=0x4000 granule=16k va=52 format=lpa2 "
			  "half=upper asid=3 vmid=4 mair=0xff\n"
			  "tables 6 root=0x10000 granule=4k va=40 start=1 "
			  "regime=stage2 ipa=nonsecure idle\n");
	struct vmsa_log_item i = next(log);

	(void)state;
	assert_int_equal(i.kind, VMSA_LOG_MACHINE);
	assert_int_equal(i.u.machine.bbm, 2);
	assert_int_equal(i.u.machine.bbm_alone, 3);
	assert_int_equal(i.u.machine.pes, 4);
	assert_true(i.u.machine.ha && i.u.machine.hd && i.u.machine.ets2);
	assert_int_equal(i.u.machine.tlbi_repeat, 2);
	i = next(log);
	assert_int_equal(i.kind, VMSA_LOG_OPERATION);
	assert_string_equal(i.u.operation.name, "flush");
	assert_int_equal(i.u.operation.flags,
			 VMSA_CHECK_NO_PROMISE | VMSA_CHECK_ALONE);
	i = next(log);
	assert_int_equal(i.kind, VMSA_LOG_TABLES);
	assert_int_equal(i.u.tables.geometry.granule_shift, 14);
	assert_int_equal(i.u.tables.geometry.format, VMSA_FORMAT_LPA2);
	assert_int_equal(i.u.tables.geometry.start_level, 0);
	assert_true(i.u.tables.upper);
	assert_int_equal(i.u.tables.asid, 3);
	assert_int_equal(i.u.tables.vmid, 4);
	assert_int_equal(i.u.tables.mair, 0xff);
	assert_int_equal(i.u.tables.ipa, VMSA_CHECK_IPA_ONE);
	assert_false(i.u.tables.idle);
	i = next(log);
	assert_int_equal(i.tables, 1);
	assert_int_equal(i.u.tables.geometry.start_level, 1);
	assert_int_equal(i.u.tables.regime, VMSA_CHECK_STAGE2);
	assert_int_equal(i.u.tables.asid, VMSA_CHECK_ANY_ASID);
	assert_int_equal(i.u.tables.ipa, VMSA_CHECK_IPA_NON_SECURE);
	assert_true(i.u.tables.idle);
	assert_end(log);
}

/* It names its tables itself, and does not make them those of what follows. */
static void a_register_is_written_for_one_pe(void **state)
{
	struct vmsa_log *log = open_text(
		TABLES "tables 7 root=0x1000 granule=4k va=39 idle\nin 0\n"
		       "pe 3\nttbr 7 asid=0x12 cnp @a.S:9\nttbr 7\nisb\n");
	struct vmsa_log_item i;

	(void)state;
	next(log);
	next(log);
	i = next(log);
	assert_int_equal(i.kind, VMSA_LOG_EVENT);
	assert_int_equal(i.tables, 1);
	assert_string_equal(vmsa_log_source(log, i.source), "a.S:9");
	assert_int_equal(i.u.event.kind, VMSA_EVENT_TTBR);
	assert_int_equal(i.u.event.pe, 3);
	assert_int_equal(i.u.event.u.ttbr.asid, 0x12);
	assert_true(i.u.event.u.ttbr.cnp);
	i = next(log);
	assert_int_equal(i.tables, 1);
	assert_int_equal(i.u.event.u.ttbr.asid, VMSA_EVENT_OWN_ASID);
	assert_false(i.u.event.u.ttbr.cnp);
	assert_int_equal(next(log).tables, 0);
	assert_end(log);
}

/* What is written is read. */
static void a_written_register_reads_as_it_was(void **state)
{
	static const struct vmsa_event events[] = {
		{ .kind = VMSA_EVENT_TTBR,
		  .u.ttbr = { VMSA_EVENT_OWN_ASID, true } },
		{ .kind = VMSA_EVENT_TTBR, .u.ttbr = { 0xffff, false } },
	};
	char text[1024] = TABLES;
	FILE *out = fmemopen(text + strlen(TABLES), 256, "w");
	struct vmsa_log *log;

	(void)state;
	assert_non_null(out);
	for (unsigned n = 0; n < COUNT(events); n++)
		vmsa_log_write_event(out, &events[n]);
	fclose(out);
	log = open_text(text);
	next(log);
	for (unsigned n = 0; n < COUNT(events); n++) {
		const struct vmsa_log_item i = next(log);

		assert_int_equal(i.u.event.kind, VMSA_EVENT_TTBR);
		assert_int_equal(i.u.event.u.ttbr.asid, events[n].u.ttbr.asid);
		assert_int_equal(i.u.event.u.ttbr.cnp, events[n].u.ttbr.cnp);
	}
	assert_end(log);
}

/* Every barrier and every TLBI by its own name, in either case. */
static void instructions_are_spelt_as_in_assembler(void **state)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_BARRIER };
	char text[8192] = TABLES;
	FILE *out = fmemopen(text + strlen(TABLES), 8000, "w");
	struct vmsa_log *log;

	(void)state;
	assert_non_null(out);
	for (unsigned b = 0; b < VMSA_NR_BARRIERS; b++) {
		e.u.barrier = (enum vmsa_barrier)b;
		vmsa_log_write_event(out, &e);
	}
	e.kind = VMSA_EVENT_TLBI;
	e.u.tlbi.operand = 0x123;
	for (unsigned n = 0; n < VMSA_NR_TLBI_OPS * 3u; n++) {
		e.u.tlbi.op = (enum vmsa_tlbi_op)(n / 3);
		e.u.tlbi.scope = (enum vmsa_tlbi_scope)(n % 3);
		vmsa_log_write_event(out, &e);
	}
	fprintf(out, "tlbi VAE1IS 5\n");
	fclose(out);
	log = open_text(text);
	next(log);
	for (unsigned b = 0; b < VMSA_NR_BARRIERS; b++)
		assert_int_equal(next(log).u.event.u.barrier, b);
	for (unsigned n = 0; n < VMSA_NR_TLBI_OPS * 3u; n++) {
		const struct vmsa_log_item i = next(log);

		assert_int_equal(i.u.event.u.tlbi.op, n / 3);
		assert_int_equal(i.u.event.u.tlbi.scope, n % 3);
		assert_int_equal(i.u.event.u.tlbi.operand,
				 vmsa_tlbi_form((enum vmsa_tlbi_op)(n / 3)) ==
						 VMSA_TLBI_FORM_ALL
					 ? 0
					 : 0x123);
	}
	assert_int_equal(next(log).u.event.u.tlbi.operand, 5);
	assert_end(log);
}

/* --- lines that are wrong ------------------------------------------------ */

static void a_bad_line_is_told_with_its_number(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{ "stor 3 0 0x3000 0", "expected an event, not \"stor\"" },
		{ "store 4 0 0x3000 0",
		  "expected a level, -1 to 3, not \"4\"" },
		{ "store 3 zero 0x3000 0", "expected a VA, not \"zero\"" },
		{ "store 3 0 0x3000",
		  "expected a descriptor, not the end of the line" },
		{ "store 3 0 0x3000 0x1g",
		  "expected a descriptor, not \"0x1g\"" },
		{ "store 3 0 0x3000 0x12345678123456789",
		  "expected a descriptor, not \"0x12345678123456789\"" },
		{ "store 3 0 0x3000 18446744073709551616",
		  "expected a descriptor, not \"18446744073709551616\"" },
		{ "store 3 0 0x3000 0 1 0 9",
		  "expected the end of the line, not \"9\"" },
		{ "store 3 0 0x3001 0",
		  "a descriptor's address is a multiple of 8" },
		{ "store 3 0 0x3ff8 0 2 0", "a run of 2 leaves its table" },
		{ "store 3 0 0x3000 0 0 0", "a run of no descriptors" },
		{ "init 0x3000 0 0 0", "a run of no descriptors" },
		{ "store 2 0x200000 0x2000 0",
		  "the VA is entry 1 of a level 2 table, the address entry 0" },
		{ "store 1 0x8000000000 0x1008 0",
		  "the VA is entry 0 of a level 1 table, the address entry 1" },
		{ "fill 3 0x1000 0x3010 0 2 0",
		  "the VA is entry 1 of a level 3 table, the address entry 2" },
		{ "is\033[2Jb", "expected an event, not \"is?[2Jb\"" },
		{ "tables 0 root=0x2000 granule=4k va=39",
		  "there are tables 0 already" },
		{ "tables 1 root=0x1010 granule=4k va=39",
		  "the root's address is not a multiple of its size, 4096 "
		  "bytes" },
		{ "tables 1 root=0x1020 granule=4k va=31",
		  "the root's address is not a multiple of its size, 64 "
		  "bytes" },
		{ "store 0 0 0x3000 0", "level 0 is above the root" },
		{ "dsb ishld", "expected ishst, ish, nshst, nsh, osh or sy, "
			       "not \"ishld\"" },
		{ "tlbi vae1xx 0",
		  "expected a TLBI operation, not \"vae1xx\"" },
		{ "tlbi vae1is",
		  "expected the operand, not the end of the line" },
		{ "begin", "expected a name, not the end of the line" },
		{ "pe 4096", "expected a PE, 0 to 4095, not \"4096\"" },
		{ "in 9", "no tables of that number" },
		{ "alloc 3 0x3008",
		  "a table's address is a multiple of its size" },
		{ "@a.c:1", "expected an event, not \"@a.c:1\"" },
		{ "machine bbm=4", "bbm=4 cannot be" },
		{ "tables 1 root=0 granule=8k va=39",
		  "no tables of such root, granule, va, format and start" },
		{ "tables 1 root=0 granule=4k va=39 regime=el3",
		  "regime=el3 cannot be" },
		{ "tables x root=0", "expected a number of tables" },
		{ "tables 1 root=0 granule=4k va=39 ipa=realm",
		  "ipa=realm cannot be" },
		{ "tables 1 root=0 granule=4k va=39 idle=1",
		  "idle=1 cannot be" },
		{ "machine tlbi_repeat=3", "tlbi_repeat=3 cannot be" },
		{ "ttbr",
		  "expected a number of tables, not the end of the line" },
		{ "ttbr 9", "no tables of that number" },
		{ "ttbr 0 asid=65536",
		  "expected asid=0..65535 or cnp, not \"asid=65536\"" },
		{ "ttbr 0 asid=",
		  "expected asid=0..65535 or cnp, not \"asid=\"" },
		{ "ttbr 0 cnp=1",
		  "expected asid=0..65535 or cnp, not \"cnp=1\"" },
	};

	(void)state;
	for (unsigned k = 0; k < COUNT(rows); k++) {
		char text[256];
		struct vmsa_log *log;
		struct vmsa_log_item item;
		struct vmsa_error err = { 0 };

		snprintf(text, sizeof(text), "# one\n" TABLES "%s\nisb\n",
			 rows[k].line);
		log = open_text(text);
		next(log);
		print_message("%s\n", rows[k].line);
		assert_int_equal(vmsa_log_next(log, &item, &err), -EINVAL);
		assert_string_equal(err.text, rows[k].text);
		assert_int_equal(err.offset, 3);
		assert_string_equal(err.unit, "line");
		assert_string_equal(err.file, "a.log");
		vmsa_log_close(log);
	}
}

/* A name is a string: what is behind the zero would be lost. */
static void a_zero_in_a_name_is_refused(void **state)
{
	static const char lines[] = TABLES "isb @a\nbegin a\nisb @a\0b\n";
	const struct vmsa_log_text text = { "a.log", lines, sizeof(lines) - 1 };
	struct vmsa_log *log;
	struct vmsa_log_item item;
	struct vmsa_error err = { 0 };

	(void)state;
	assert_int_equal(vmsa_log_parse(&text, &log), 0);
	for (unsigned i = 0; i < 3; i++)
		next(log);
	assert_int_equal(vmsa_log_next(log, &item, &err), -EINVAL);
	assert_string_equal(err.text, "a name with a byte 0");
	vmsa_log_close(log);
}

static void an_event_needs_tables(void **state)
{
	struct vmsa_log *log = open_text("isb\n");
	struct vmsa_log_item item;
	struct vmsa_error err = { 0 };

	(void)state;
	assert_int_equal(vmsa_log_next(log, &item, &err), -EINVAL);
	assert_string_equal(err.text, "an event before any \"tables\"");
	vmsa_log_close(log);
}

static void the_machine_comes_before_the_tables(void **state)
{
	struct vmsa_log *log = open_text(TABLES "machine bbm=1\n");
	const struct vmsa_checker_config config = { 0 };
	struct vmsa_checker_stats stats = { .events = 77 };
	struct vmsa_error err = { 0 };

	(void)state;
	assert_int_equal(vmsa_log_check(log, &config, &stats, &err), -EINVAL);
	assert_string_equal(err.text, "\"machine\" comes before \"tables\"");
	assert_int_equal(err.offset, 2);
	assert_int_equal(stats.events, 77);
	vmsa_log_close(log);
}

/* Each would have been taken for a log in which all is well. */
static void a_log_that_checks_nothing_is_refused(void **state)
{
	static const struct {
		const char *log, *text;
		uint64_t line;
		int rc;
	} rows[] = {
		{ "", "there are no tables in it to check", 0, -ENODATA },
		{ "# none\nmachine bbm=2\n",
		  "there are no tables in it to check", 0, -ENODATA },
		{ TABLES "begin map\nend mop\n",
		  "PE 0 ends \"mop\", which it did not begin", 3, -EINVAL },
		{ TABLES "begin map\npe 1\nend map\n",
		  "PE 1 ends \"map\", which it did not begin", 4, -EINVAL },
		{ TABLES "begin a\nbegin b\nend a\nend b\n",
		  "PE 0 ends \"b\", which it did not begin", 5, -EINVAL },
	};
	const struct vmsa_checker_config config = { 0 };

	(void)state;
	for (unsigned k = 0; k < COUNT(rows); k++) {
		struct vmsa_log *log = open_text(rows[k].log);
		struct vmsa_checker_stats stats;
		struct vmsa_error err = { 0 };

		assert_int_equal(vmsa_log_check(log, &config, &stats, &err),
				 rows[k].rc);
		assert_string_equal(err.text, rows[k].text);
		assert_int_equal(err.offset, rows[k].line);
		vmsa_log_close(log);
	}
}

/* --- files --------------------------------------------------------------- */

/* A file longer than the buffer, its last line without an end. */
static void a_long_file_is_read_to_its_end(void **state)
{
	char path[] = "/tmp/vmsa-log-XXXXXX";
	const int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct vmsa_log *log;
	struct vmsa_log_item item;
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	fprintf(f, TABLES);
	for (unsigned i = 0; i < 40000; i++)
		fprintf(f, "store 3 0x%x 0x3%03x 0x%x\n", i % 512 << 12,
			i % 512 * 8, i);
	fprintf(f, "isb");
	fclose(f);
	assert_int_equal(vmsa_log_open(path, &log, NULL), 0);
	unlink(path);
	while (vmsa_log_next(log, &item, NULL) == 1)
		n++;
	assert_int_equal(n, 40002);
	assert_int_equal(item.u.event.u.barrier, VMSA_ISB);
	vmsa_log_close(log);
}

static void a_line_longer_than_the_buffer_is_refused(void **state)
{
	char path[] = "/tmp/vmsa-log-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	struct vmsa_log *log;
	struct vmsa_log_item item;
	struct vmsa_error err = { 0 };

	(void)state;
	assert_non_null(f);
	for (unsigned i = 0; i < 300000; i++)
		fputc('#', f);
	fputc('\n', f);
	fclose(f);
	assert_int_equal(vmsa_log_open(path, &log, NULL), 0);
	unlink(path);
	assert_int_equal(vmsa_log_next(log, &item, &err), -EINVAL);
	assert_string_equal(err.text, "longer than 262144 bytes");
	vmsa_log_close(log);
}

static void a_missing_file_is_an_error(void **state)
{
	struct vmsa_log *log = NULL;
	struct vmsa_error err = { 0 };

	(void)state;
	assert_int_equal(vmsa_log_open("/nowhere/a.log", &log, &err), -ENOENT);
	assert_null(log);
	assert_string_equal(err.file, "/nowhere/a.log");
}

/* --- there and back ------------------------------------------------------ */

struct recording {
	struct vmsa_event event[4096];
	size_t n;
};

static void record(void *arg, const struct vmsa_event *event)
{
	struct recording *r = arg;

	assert_true(r->n < COUNT(r->event));
	r->event[r->n++] = *event;
}

static void assert_same_event(const struct vmsa_event *a,
			      const struct vmsa_event *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->pe, b->pe);
	if (a->kind == VMSA_EVENT_STORE || a->kind == VMSA_EVENT_FILL) {
		assert_int_equal(a->level, b->level);
		assert_int_equal(a->u.store.va, b->u.store.va);
		assert_int_equal(a->u.store.at, b->u.store.at);
		assert_int_equal(a->u.store.old, b->u.store.old);
		assert_int_equal(a->u.store.desc, b->u.store.desc);
		assert_int_equal(a->u.store.count, b->u.store.count);
	} else if (a->kind == VMSA_EVENT_BEGIN || a->kind == VMSA_EVENT_END) {
		assert_string_equal(a->u.name, b->u.name);
	} else if (a->kind == VMSA_EVENT_TLBI) {
		assert_int_equal(a->u.tlbi.op, b->u.tlbi.op);
		assert_int_equal(a->u.tlbi.operand, b->u.tlbi.operand);
	}
}

/* A log written of a space, read again, is what an observer has seen. */
static void a_written_log_reads_as_it_happened(void **state)
{
	static struct recording seen;
	const vmsa_va base = UINT64_C(0xffff000000000000);
	struct vmsa_mapping m = { .va = base + (UINT64_C(1) << 21),
				  .pa = TEST_RAM_BASE,
				  .size = UINT64_C(0x602000),
				  .attr = VMSA_LEAF_AF,
				  .phase = VMSA_LATE };
	struct vmsa_log_writer *writer;
	struct vmsa_log *log;
	struct vmsa_log_item item;
	struct vmsa_error err = { 0 };
	struct fixture f;
	size_t size = 0, n = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	seen.n = 0;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	assert_int_equal(vmsa_map(f.space, &m), 0);
	assert_int_equal(vmsa_log_write(f.space, 0, out, &writer), 0);
	vmsa_space_observe(f.space, record, &seen);
	m.va += UINT64_C(0x1000000);
	assert_int_equal(vmsa_map(f.space, &m), 0);
	vmsa_space_set_pe(f.space, 3);
	assert_int_equal(vmsa_protect(f.space, m.va, m.size, VMSA_LEAF_AP2, 0),
			 0);
	assert_int_equal(vmsa_unmap(f.space, base + (1 << 21), m.size), 0);
	assert_int_equal(vmsa_log_writer_stop(writer), 0);
	fclose(out);
	log = open_text(text);
	assert_int_equal(next(log).kind, VMSA_LOG_TABLES);
	while (vmsa_log_next(log, &item, &err) == 1)
		assert_same_event(&item.u.event, &seen.event[n++]);
	assert_string_equal(err.text, "");
	assert_int_equal(n, seen.n);
	assert_true(n > 20);
	vmsa_log_close(log);
	free(text);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_knows_what_it_replaces),
		cmocka_unit_test(a_run_over_unequal_entries_is_several_events),
		cmocka_unit_test(tables_are_described_by_settings),
		cmocka_unit_test(a_register_is_written_for_one_pe),
		cmocka_unit_test(a_written_register_reads_as_it_was),
		cmocka_unit_test(instructions_are_spelt_as_in_assembler),
		cmocka_unit_test(a_bad_line_is_told_with_its_number),
		cmocka_unit_test(a_zero_in_a_name_is_refused),
		cmocka_unit_test(an_event_needs_tables),
		cmocka_unit_test(the_machine_comes_before_the_tables),
		cmocka_unit_test(a_log_that_checks_nothing_is_refused),
		cmocka_unit_test(a_long_file_is_read_to_its_end),
		cmocka_unit_test(a_line_longer_than_the_buffer_is_refused),
		cmocka_unit_test(a_missing_file_is_an_error),
		cmocka_unit_test(a_written_log_reads_as_it_happened),
	};

	return cmocka_run_group_tests_name("event_log", tests, NULL, NULL);
}
