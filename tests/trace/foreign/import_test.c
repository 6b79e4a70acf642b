/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * import_test.c - what every foreign format has in common
 */
#include "foreign.h"

#include <zstd.h>

#include "trace/filter.h"

#if HAVE_LIBARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

static struct made m;

/* One instruction a page, each loading from that page. */
static void put_loads(struct bytes *b, const uint64_t *page, size_t n)
{
	const uint64_t none[2] = { 0 };

	b->size = 0;
	for (size_t i = 0; i < n; i++) {
		const uint64_t load[4] = { page[i] << 12 | 8 };

		put_champsim(b, page[i] << 12, load, none);
	}
}

static const uint64_t places[] = {
	0x7fffffffffff,  /* the last of the lower half */
	0xffff000000000, /* the first of the linear map of 48 bits */
	0xffff7ffffffff, /* and its last: 2^47 bytes */
	0xffff800000000, /* behind it */
	0xffff000012345, /* in the middle */
	0xfffffffffffff, /* the last page of all */
	0xffff888000000, /* of x86-64's direct map */
};

static const struct region_row {
	const char *name;
	const char *const lines[9];
	uint8_t region[COUNT(places)];
} regions[] = {
	{ "nothing is known", { NULL }, { 0, 2, 2, 2, 2, 2, 2 } },
	{ "Linux on arm64, 48 bits",
	  { "machine.linear_base", "0xffff000000000000", NULL },
	  { 0, 1, 1, 2, 1, 2, 2 } },
	{ "the image in the middle",
	  { "machine.linear_base", "0xffff000000000000", "machine.image",
	    "0xffff000012345000-0xffff000012346000", NULL },
	  { 0, 1, 1, 2, 2, 2, 2 } },
	{ "vmalloc at the start, vmemmap at the end",
	  { "machine.linear_base", "0xffff000000000000", "machine.vmalloc",
	    "0xffff000000000000-0xffff000000001000", "machine.vmemmap",
	    "0xffff7ffffffff000-0xffff800000000000", NULL },
	  { 0, 2, 2, 2, 1, 2, 2 } },
	{ "x86-64 with 4 levels",
	  { "machine.linear_base", "0xffff888000000000", "machine.va_bits",
	    "47", NULL },
	  { 0, 2, 2, 2, 2, 2, 1 } },
	{ "the last line counts",
	  { "machine.va_bits", "40", "machine.linear_base",
	    "0xffff000000000000", "machine.va_bits", "39", NULL },
	  { 0, 1, 2, 2, 1, 2, 2 } },
};

static void regions_follow_the_lines(void **state)
{
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_CHAMPSIM);
	static struct bytes b;

	put_loads(&b, places, COUNT(places));
	for (size_t i = 0; i < COUNT(regions); i++) {
		print_message("%s\n", regions[i].name);
		in.lines = regions[i].lines;
		import_bytes(state, b.data, b.size, in, &m);
		assert_int_equal(m.ret, 0);
		assert_int_equal(m.n, 2 * COUNT(places));
		for (size_t j = 0; j < m.n; j++) {
			assert_u64_equal(m.record[j].page, places[j / 2]);
			assert_int_equal(m.record[j].region,
					 regions[i].region[j / 2]);
			assert_int_equal(m.record[j].el0, j < 2);
		}
	}
}

static void unreadable_lines_are_refused(void **state)
{
	static const char *const rows[][3] = {
		{ "machine.va_bits", "many", NULL },
		{ "machine.ram", "0-", NULL },
		{ "no key", "x", NULL },
	};
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_CHAMPSIM);

	for (size_t i = 0; i < COUNT(rows); i++) {
		in.lines = rows[i];
		import_bytes(state, "", 0, in, &m);
		assert_int_equal(m.ret, -EINVAL);
		assert_true(*m.err.text);
		assert_false(m.result.kept);
	}
}

/* What a replay needs is there, and what was made up is marked. */
static void assumed_lines_are_marked(void **state)
{
	static const char *const lines[] = { "machine.phys_base", "0x40000000",
					     "recorded.by", "me", NULL };
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_CHAMPSIM);
	struct vmsa_trace_machine machine;
	struct vmsa_trace *t;

	in.lines = lines;
	import_bytes(state, "", 0, in, &m);
	assert_int_equal(m.ret, 0);
	assert_int_equal(vmsa_trace_open(m.path, &t, NULL), 0);
	assert_int_equal(vmsa_trace_machine(t, &machine, NULL), 0);
	assert_u64_equal(machine.page_size, 4096);
	assert_u64_equal(machine.phys_base, 0x40000000);
	assert_string_equal(vmsa_trace_get(t, "machine.assumed"),
			    "page_size va_bits linear_base");
	assert_string_equal(vmsa_trace_get(t, "recorded.by"), "me");
	vmsa_trace_close(t);
}

/* Runs of loads and stores: a store after loads has a record of its own. */
static void runs_leave_one_record_and_a_count(void **state)
{
	static const char text[] = "I  1000,4\n L 5000,8\n L 5008,8\n"
				   "I  1004,4\n S 5010,8\n L 5000,8\n"
				   " S 5000,8\nI  1ffc,8\n L 6ff8,16\n"
				   "I  1008,4\n M 7000,4\n L 7000,4\n";
	const struct want want[] = {
		{ 0, 1, F, false, 0, 0 }, { 0, 5, D, false, 0, 0 },
		{ 1, 5, D, true, 1, 0 },  { 2, 2, F, false, 0, 0 },
		{ 2, 6, D, false, 2, 0 }, { 2, 7, D, false, 0, 0 },
		{ 3, 1, F, false, 0, 0 }, { 3, 7, D, true, 0, 0 },
	};

	import_bytes(state, text, sizeof(text) - 1,
		     of_format(VMSA_FOREIGN_LACKEY), &m);
	assert_int_equal(m.ret, 0);
	assert_records(&m, want, COUNT(want));
	assert_u64_equal(m.totals.accesses, 10);
	assert_u64_equal(m.totals.moves, 3);
}

/* K entries, victims among them, and every access in a count. */
static void filters_leave_less(void **state)
{
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_CHAMPSIM);
	static struct bytes b;
	uint64_t page[900], sum = 0, seed = 1;
	struct vmsa_trace *t;

	for (unsigned i = 0; i < COUNT(page); i++)
		page[i] = test_rand(&seed) % 12;
	put_loads(&b, page, COUNT(page));
	in.data_filter = 8;
	in.fetch_filter = 4;
	import_bytes(state, b.data, b.size, in, &m);
	assert_int_equal(m.ret, 0);
	for (size_t i = 0; i < m.n; i++) {
		const bool data = m.record[i].kind == D;

		assert_true(m.record[i].victim < (data ? 8 : 4));
		sum += data ? 1 + m.record[i].accesses : 0;
	}
	/* Page 0's addresses are empty slots only at offset 0. */
	assert_u64_equal(m.totals.accesses, COUNT(page));
	assert_true(sum <= COUNT(page) && sum > COUNT(page) - 100);
	assert_true(m.totals.by_kind[D] < COUNT(page) / 2);
	assert_int_equal(vmsa_trace_open(m.path, &t, NULL), 0);
	assert_int_equal(vmsa_trace_data_filter(t), 8);
	assert_int_equal(vmsa_trace_fetch_filter(t), 4);
	vmsa_trace_close(t);
}

/* Three files, three streams; the second is damaged, the third not read. */
static void each_file_is_a_stream(void **state)
{
	static const char *const texts[] = { "I  1000,4\n L 2000,8\n",
					     "I  3000,4\nI  4000,4\nI ",
					     "I  5000,4\n" };
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_LACKEY);
	static const uint64_t records[] = { 2, 2, 0 };
	struct vmsa_foreign_import_result result;
	struct vmsa_error err = { .text = "" };
	char path[3][640], new[640];
	const char *files[] = { path[0], path[1], path[2] };
	struct vmsa_trace *t;

	for (unsigned i = 0; i < 3; i++) {
		const char name[] = { (char)('a' + i), 0 };

		write_file(temp_path(state, name, path[i]), texts[i],
			   strlen(texts[i]));
	}
	in.files = files;
	in.nr_files = 3;
	assert_int_equal(vmsa_foreign_import(&in, temp_path(state, "t", new),
					     &result, &err),
			 -EBADMSG);
	assert_string_equal(err.file, path[1]);
	assert_u64_equal(err.offset, 3);
	assert_true(result.kept);
	assert_int_equal(vmsa_trace_open(new, &t, NULL), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_u64_equal(vmsa_trace_totals(t, i)->records, records[i]);
	vmsa_trace_close(t);
}

/* What is not there is no damage: no trace is made without it. */
static void a_missing_file_spoils_the_others(void **state)
{
	struct vmsa_foreign_import in = of_format(VMSA_FOREIGN_LACKEY);
	struct vmsa_foreign_import_result result;
	char good[640], none[640], new[640];
	const char *files[] = { good, none };

	write_file(temp_path(state, "good", good), "I  1000,4\n", 10);
	temp_path(state, "none", none);
	in.files = files;
	in.nr_files = 2;
	assert_int_equal(vmsa_foreign_import(&in, temp_path(state, "t", new),
					     &result, NULL),
			 -ENOENT);
	assert_false(result.kept);
	assert_int_equal(access(new, F_OK), -1);
}

/* 2^31 hits are a record's worth; the page stays one that was written. */
static void a_count_fits_its_record(void **state)
{
	struct vmsa_trace_record r = { .page = 5, .write = true }, hit = r;
	struct vmsa_lru lru;

	(void)state;
	vmsa_lru_init(&lru, 2);
	assert_true(vmsa_lru_pass(&lru, &r));
	hit.write = false;
	hit.accesses = 1u << 31;
	r = hit;
	assert_true(vmsa_lru_pass(&lru, &r));
	assert_int_equal(r.accesses, 1u << 31);
	assert_int_equal(r.victim, 1);
	hit.write = true;
	hit.accesses = 0;
	r = hit;
	assert_false(vmsa_lru_pass(&lru, &r));
}

static void zstd_is_read_by_every_build(void **state)
{
	static const char text[] = "I  1000,4\n L 2000,8\n";
	uint8_t packed[256];
	const size_t n = ZSTD_compress(packed, sizeof(packed), text,
				       sizeof(text) - 1, 3);

	import_bytes(state, packed, n, of_format(VMSA_FOREIGN_LACKEY), &m);
	assert_int_equal(m.ret, 0);
	assert_int_equal(m.n, 2);
}

#if HAVE_LIBARCHIVE

/* Bytes as a file of the format @name; a zip has two members. */
static size_t pack(const char *name, const void *data, size_t size,
		   uint8_t *out)
{
	struct archive *a = archive_write_new();
	const bool zip = !strcmp(name, "zip");
	const size_t half = zip ? size / 2 : size;
	size_t used = 0;

	archive_write_set_bytes_in_last_block(a, 1);
	if (zip)
		assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
	else
		assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	if (!zip)
		assert_int_equal(archive_write_add_filter_by_name(a, name),
				 ARCHIVE_OK);
	archive_write_open_memory(a, out, 1 << 16, &used);
	for (size_t at = 0; at < size; at += half) {
		struct archive_entry *e = archive_entry_new();
		const size_t n = size - at < half ? size - at : half;

		archive_entry_set_pathname(e, at ? "chunk.0001" : "chunk.0000");
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_size(e, (la_int64_t)n);
		archive_entry_set_perm(e, 0644);
		assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
		assert_int_equal(
			archive_write_data(a, (const char *)data + at, n), n);
		archive_entry_free(e);
	}
	archive_write_free(a);
	return used;
}

/* All of them, whole; then cut short: an error, and no more than there was. */
static void compressed_files_are_read(void **state)
{
	static const char *const names[] = { "gzip", "xz", "bzip2", "lz4",
					     "zip" };
	static struct bytes b;
	static uint8_t packed[1 << 16];
	uint64_t page[500], seed = 5;

	for (unsigned i = 0; i < COUNT(page); i++)
		page[i] = i + 1 + (test_rand(&seed) >> 50 << 10);
	put_loads(&b, page, COUNT(page));
	for (size_t i = 0; i < COUNT(names); i++) {
		const size_t n = pack(names[i], b.data, b.size, packed);

		print_message("%s, %zu bytes\n", names[i], n);
		import_bytes(state, packed, n, of_format(VMSA_FOREIGN_CHAMPSIM),
			     &m);
		assert_int_equal(m.ret, 0);
		assert_int_equal(m.n, 2 * COUNT(page));
		for (size_t j = 0; j < m.n; j++)
			assert_u64_equal(m.record[j].page, page[j / 2]);
		for (size_t cut = 20; cut < n - 24; cut += n / 8) {
			import_bytes(state, packed, cut,
				     of_format(VMSA_FOREIGN_CHAMPSIM), &m);
			assert_int_equal(m.ret, -EBADMSG);
			assert_true(*m.err.text);
			assert_string_equal(m.err.unit, "byte");
			for (size_t j = 0; j < m.n; j++)
				assert_u64_equal(m.record[j].page, page[j / 2]);
		}
	}
}

/* Damage under compression: records or an error, nothing else. */
static void damaged_archives_do_no_harm(void **state)
{
	static const char *const names[] = { "gzip", "xz", "bzip2", "lz4",
					     "zip" };
	static struct bytes b;
	static uint8_t packed[1 << 16];
	uint64_t page[50], seed = 9;

	for (unsigned i = 0; i < COUNT(page); i++)
		page[i] = i + 1;
	put_loads(&b, page, COUNT(page));
	for (unsigned i = 0; i < 200; i++) {
		const size_t n = pack(names[i % 5], b.data, b.size, packed);

		packed[test_rand(&seed) % n] ^= 1 + (i & 127);
		import_bytes(state, packed, n, of_format(VMSA_FOREIGN_CHAMPSIM),
			     &m);
		assert_true(!m.ret || m.ret == -EBADMSG);
	}
}

#else

static void compressed_files_name_what_is_missing(void **state)
{
	static const char *const starts[] = { "\x1f\x8b",
					      "\xfd"
					      "7zXZ\0",
					      "BZh", "\x04\x22\x4d\x18",
					      "PK\x03\x04" };

	for (size_t i = 0; i < COUNT(starts); i++) {
		import_bytes(state, starts[i], 6,
			     of_format(VMSA_FOREIGN_CHAMPSIM), &m);
		assert_int_equal(m.ret, -ENOTSUP);
		assert_non_null(strstr(m.err.text, "libarchive"));
	}
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(regions_follow_the_lines),
		FILES(unreadable_lines_are_refused),
		FILES(assumed_lines_are_marked),
		FILES(runs_leave_one_record_and_a_count),
		FILES(filters_leave_less),
		FILES(each_file_is_a_stream),
		FILES(a_missing_file_spoils_the_others),
		cmocka_unit_test(a_count_fits_its_record),
		FILES(zstd_is_read_by_every_build),
#if HAVE_LIBARCHIVE
		FILES(compressed_files_are_read),
		FILES(damaged_archives_do_no_harm),
#else
		FILES(compressed_files_name_what_is_missing),
#endif
	};

	return cmocka_run_group_tests_name("foreign import", tests, NULL, NULL);
}
