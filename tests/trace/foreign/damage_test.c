/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * damage_test.c - what was good, then the place and the reason
 *
 * Every format is cut after every byte: the instructions that were whole come
 * out, and the error lies behind them.  Then bytes are changed at random; what
 * comes out may be anything, but it is records or an error.
 */
#include "foreign.h"

#define INSTRUCTIONS 4

static struct made m;

/* A file, and where each of its instructions ends. */
struct whole {
	enum vmsa_foreign_format format;
	struct bytes b;
	size_t end[INSTRUCTIONS + 1]; /* [0] is the header's */
	bool text;                    /* errors have lines, not bytes */
	size_t tail; /* bytes behind the last instruction that must be there */
};

static struct whole whole;

static void text(const char *format, unsigned i)
{
	char line[128];

	snprintf(line, sizeof(line), format, 0x401000 + 4096 * i,
		 0x402000 + 4096 * i);
	put_bytes(&whole.b, line, strlen(line));
}

static void header(void)
{
	if (whole.format == VMSA_FOREIGN_LACKEY)
		put_bytes(&whole.b, "==1== Lackey\n", 13);
	else if (whole.format == VMSA_FOREIGN_PERF)
		put_bytes(&whole.b, "# a comment\n", 12);
	else if (whole.format == VMSA_FOREIGN_DRMEMTRACE)
		put_entry(&whole.b, 25, 0, 5);
	else if (whole.format == VMSA_FOREIGN_GEM5)
		put_gem5_header(&whole.b);
}

/* Instruction i: fetched from a page of its own, and one load. */
static void instruction(unsigned i)
{
	const uint64_t load[4] = { 0x402000 + 4096 * i }, none[2] = { 0 };
	const uint64_t ip = 0x401000 + 4096 * i;
	const struct packet p = {
		.cmd = 1, .addr = load[0], .size = 8, .pc = ip
	};

	switch (whole.format) {
	case VMSA_FOREIGN_CHAMPSIM:
		put_champsim(&whole.b, ip, load, none);
		break;
	case VMSA_FOREIGN_CLOUDSUITE:
		put_number(&whole.b, ip, 8);
		for (unsigned j = 0; j < 11; j++)
			put_number(&whole.b, j == 6 ? load[0] : 0, 8);
		break;
	case VMSA_FOREIGN_LACKEY:
		text("I  %x,4\n L %x,8\n", i);
		break;
	case VMSA_FOREIGN_PERF:
		text("7 1.1: mem-loads: %2$16x %1$16x\n", i);
		break;
	case VMSA_FOREIGN_DRMEMTRACE:
		put_entry(&whole.b, 10, 4, ip);
		put_entry(&whole.b, 0, 8, load[0]);
		break;
	default:
		put_packet(&whole.b, &p);
	}
}

static void make_whole(enum vmsa_foreign_format format)
{
	memset(&whole, 0, sizeof(whole));
	whole.format = format;
	whole.text =
		format == VMSA_FOREIGN_LACKEY || format == VMSA_FOREIGN_PERF;
	header();
	whole.end[0] = whole.b.size;
	for (unsigned i = 0; i < INSTRUCTIONS; i++) {
		instruction(i);
		whole.end[i + 1] = whole.b.size;
	}
	if (format == VMSA_FOREIGN_DRMEMTRACE)
		put_entry(&whole.b, 26, 0, 0);
	whole.tail = whole.b.size - whole.end[INSTRUCTIONS];
}

/* Data pages that came out, in order from 0x402 on. */
static unsigned loads_in_order(void)
{
	unsigned n = 0;

	for (size_t i = 0; i < m.n; i++) {
		if (m.record[i].kind == D)
			assert_u64_equal(m.record[i].page, 0x402 + n++);
	}
	return n;
}

/* Cut after @size bytes: may this pass for a whole file? */
static bool may_end(size_t size)
{
	const struct whole *w = &whole;

	if (w->tail)
		return size == w->b.size;
	if (w->text)
		return !size || w->b.data[size - 1] == '\n';
	for (unsigned i = 0; i <= INSTRUCTIONS; i++) {
		if (size == w->end[i])
			return true;
	}
	return false;
}

static void check_cut(void **state, size_t size)
{
	unsigned good = 0;

	while (good < INSTRUCTIONS && whole.end[good + 1] <= size)
		good++;
	import_bytes(state, whole.b.data, size, of_format(whole.format), &m);
	if (may_end(size)) {
		assert_int_equal(m.ret, 0);
	} else {
		assert_int_equal(m.ret, -EBADMSG);
		assert_string_equal(m.err.unit, whole.text ? "line" : "byte");
		assert_true(*m.err.text && strstr(m.err.file, "foreign"));
		if (!whole.text && size >= whole.end[0])
			assert_true(m.err.offset >= whole.end[good] &&
				    m.err.offset <= size);
	}
	assert_int_equal(loads_in_order(), good);
}

static void a_cut_file_gives_what_was_whole(void **state)
{
	for (unsigned f = 0; f < VMSA_FOREIGN_NR_FORMATS; f++) {
		make_whole((enum vmsa_foreign_format)f);
		print_message("%s, %zu bytes\n", vmsa_foreign_format_name(f),
			      whole.b.size);
		for (size_t size = 0; size <= whole.b.size; size++)
			check_cut(state, size);
		assert_int_equal(loads_in_order(), INSTRUCTIONS);
	}
}

/* Bytes set, flipped, taken out and put in. */
static void mutate(struct bytes *b, uint64_t *seed)
{
	for (unsigned n = 1 + test_rand(seed) % 3; n; n--) {
		const uint64_t x = test_rand(seed);
		const size_t at = (x >> 8) % b->size;

		switch (x & 3) {
		case 0:
			b->data[at] = (uint8_t)(x >> 40);
			break;
		case 1:
			b->data[at] ^= (uint8_t)(1 << (x >> 40 & 7));
			break;
		case 2:
			b->size--;
			memmove(b->data + at, b->data + at + 1, b->size - at);
			break;
		default:
			memmove(b->data + at + 1, b->data + at, b->size - at);
			b->size++;
		}
	}
}

static void a_changed_file_does_no_harm(void **state)
{
	static struct bytes b;
	unsigned refused = 0;
	uint64_t seed = 7;

	for (unsigned i = 0; i < 100 * VMSA_FOREIGN_NR_FORMATS; i++) {
		make_whole(i % VMSA_FOREIGN_NR_FORMATS);
		b = whole.b;
		mutate(&b, &seed);
		import_bytes(state, b.data, b.size, of_format(whole.format),
			     &m);
		assert_true(!m.ret || m.ret == -EBADMSG);
		assert_true(!m.ret || *m.err.text);
		refused += m.ret != 0;
	}
	assert_true(refused > 100);
}

static const struct fault {
	const char *name;
	enum vmsa_foreign_format format;
	const char *bytes;
	size_t size;
	uint64_t offset;
	const char *text; /* in the complaint */
} faults[] = {
	{ "another tool's line", VMSA_FOREIGN_LACKEY, "I  401000,4\nhello\n",
	  18, 2, "no line of lackey" },
	{ "no size", VMSA_FOREIGN_LACKEY, "==1==\n\nI  401000\n", 17, 3,
	  "no line of lackey" },
	{ "no bytes", VMSA_FOREIGN_LACKEY, "I  401000,0\n", 12, 1,
	  "so many bytes" },
	{ "more than a line", VMSA_FOREIGN_LACKEY, " L 1000,8 x\n", 12, 1,
	  "no line of lackey" },
	{ "65 bits", VMSA_FOREIGN_LACKEY, " L 10000000000000000,8\n", 23, 1,
	  "no line of lackey" },
	{ "no event", VMSA_FOREIGN_PERF, "7 1.1:           402000\n", 24, 1,
	  "no sample" },
	{ "no address", VMSA_FOREIGN_PERF, "\nx: foo (bar)\n", 14, 2,
	  "no sample" },
	{ "no header", VMSA_FOREIGN_DRMEMTRACE, "\012\0\4\0\0\0\0\0\0\0\0\0",
	  12, 0, "start with a header" },
	{ "a type we do not know", VMSA_FOREIGN_DRMEMTRACE,
	  "\031\0\0\0\5\0\0\0\0\0\0\0\062\0\0\0\0\0\0\0\0\0\0\0", 24, 12,
	  "no such entry" },
	{ "a bundle of 9", VMSA_FOREIGN_DRMEMTRACE,
	  "\031\0\0\0\5\0\0\0\0\0\0\0\021\0\011\0\0\0\0\0\0\0\0\0", 24, 12,
	  "bundle" },
	{ "data behind the footer", VMSA_FOREIGN_DRMEMTRACE,
	  "\031\0\0\0\5\0\0\0\0\0\0\0\032\0\0\0\0\0\0\0\0\0\0\0!", 25, 24,
	  "behind the footer" },
	{ "no magic", VMSA_FOREIGN_GEM5, "gem4", 4, 0, "no protobuf" },
	{ "a header without a frequency", VMSA_FOREIGN_GEM5, "gem5\3\012\1x", 8,
	  4, "no header of packets" },
	{ "a message of 2 MiB", VMSA_FOREIGN_GEM5, "gem5\200\200\200\1", 8, 4,
	  "size is damaged" },
	{ "a packet without size", VMSA_FOREIGN_GEM5,
	  "gem5\5\012\1x\030\1\6\010\0\020\1\030\5", 17, 10, "lacks" },
	{ "a field that is longer than its packet", VMSA_FOREIGN_GEM5,
	  "gem5\5\012\1x\030\1\2\012\5", 13, 10, "damaged" },
	{ "a type of value that there is not", VMSA_FOREIGN_GEM5,
	  "gem5\5\012\1x\030\1\2\013\5", 13, 10, "a packet is damaged" },
	{ "a packet of no bytes", VMSA_FOREIGN_GEM5,
	  "gem5\5\012\1x\030\1\10\010\0\020\1\030\5\040\0", 19, 10,
	  "so many bytes" },
	{ "a branch flag of 2", VMSA_FOREIGN_CHAMPSIM,
	  "\1\1\1\1\1\1\1\1\2\0......................................"
	  "..................",
	  64, 0, "branch flags" },
};

static void faults_are_found_where_they_are(void **state)
{
	for (const struct fault *f = faults; f < faults + COUNT(faults); f++) {
		print_message("%s\n", f->name);
		import_bytes(state, f->bytes, f->size, of_format(f->format),
			     &m);
		assert_int_equal(m.ret, -EBADMSG);
		assert_u64_equal(m.err.offset, f->offset);
		assert_non_null(strstr(m.err.text, f->text));
	}
}

/* A line that never ends is not read into memory. */
static void a_line_has_a_longest_length(void **state)
{
	static char line[4096 + 1];

	memset(line, '=', 4096);
	line[4095] = '\n';
	import_bytes(state, line, 4096, of_format(VMSA_FOREIGN_LACKEY), &m);
	assert_int_equal(m.ret, 0);
	line[4095] = '=';
	line[4096] = '\n';
	import_bytes(state, line, 4097, of_format(VMSA_FOREIGN_LACKEY), &m);
	assert_int_equal(m.ret, -EBADMSG);
	assert_u64_equal(m.err.offset, 1);
}

static void a_file_that_is_not_there_leaves_no_trace(void **state)
{
	char path[640];

	import_file(state, temp_path(state, "none", path),
		    of_format(VMSA_FOREIGN_LACKEY), &m);
	assert_int_equal(m.ret, -ENOENT);
	assert_false(m.result.kept);
	assert_string_equal(m.err.file, path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(a_cut_file_gives_what_was_whole),
		FILES(a_changed_file_does_no_harm),
		FILES(faults_are_found_where_they_are),
		FILES(a_line_has_a_longest_length),
		FILES(a_file_that_is_not_there_leaves_no_trace),
	};

	return cmocka_run_group_tests_name("foreign damage", tests, NULL, NULL);
}
