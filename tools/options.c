/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * options.c - every option there is, and how its value is read
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "vmsa/trace.h"

#define AT(member) offsetof(struct args, member)
#define END                                     \
	{                                       \
		NULL, NULL, NULL, NULL, NULL, 0 \
	}

/* A number at the start of @text: where it ends, NULL if there is none. */
static const char *scan_number(const char *text, uint64_t *out)
{
	char *end;

	/* strtoull would take blanks and signs. */
	if (!isdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	*out = strtoull(text, &end, 0);
	return errno || end == text ? NULL : end;
}

bool parse_number(const char *text, void *to)
{
	uint64_t n;
	const char *end = scan_number(text, &n);

	if (!end || *end)
		return false;
	*(uint64_t *)to = n;
	return true;
}

bool parse_size(const char *text, void *to)
{
	static const char units[] = "kmgtp";
	uint64_t n;
	const char *end = scan_number(text, &n);
	const char *unit;
	unsigned shift = 0;

	if (!end || !n)
		return false;
	unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
	if (unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		end++;
		if (!strcasecmp(end, "iB"))
			end += 2;
	}
	/* UINT64_MAX itself stands for an option that was not given. */
	if (*end || n > (UINT64_MAX - 1) >> shift)
		return false;
	*(uint64_t *)to = n << shift;
	return true;
}

/* Instructions are counted in thousands and millions, not in KiB. */
static bool parse_instructions(const char *text, void *to)
{
	uint64_t n, unit = 1;
	const char *end = scan_number(text, &n);

	if (!end)
		return false;
	switch (tolower((unsigned char)*end)) {
	case 'k':
		unit = 1000;
		break;
	case 'm':
		unit = 1000000;
		break;
	case 'g':
		unit = 1000000000;
		break;
	case '\0':
		break;
	default:
		return false;
	}
	if ((*end && end[1]) || n > UINT64_MAX / unit)
		return false;
	*(uint64_t *)to = n * unit;
	return true;
}

/* Any string will do; what it names is looked up later. */
bool parse_text(const char *text, void *to)
{
	*(const char **)to = text;
	return true;
}

/* 4k, 16k, 64k: in this order 12, 14 and 16 bits. */
bool parse_granule(const char *text, void *to)
{
	static const char *const names[] = { "4k", "16k", "64k" };

	for (unsigned i = 0; i < 3; i++) {
		if (!strcasecmp(text, names[i])) {
			*(uint64_t *)to = 12 + 2 * i;
			return true;
		}
	}
	return false;
}

/* ID_AA64MMFR2_EL1.BBM has four values so far. */
static bool parse_bbm(const char *text, void *to)
{
	uint64_t n;

	if (!parse_number(text, &n) || n > 3)
		return false;
	*(uint64_t *)to = n;
	return true;
}

static bool parse_positive(const char *text, void *to)
{
	uint64_t n;

	if (!parse_number(text, &n) || !n)
		return false;
	*(uint64_t *)to = n;
	return true;
}

static bool parse_repeat(const char *text, void *to)
{
	uint64_t n;

	if (!parse_number(text, &n) || !n || n > 2)
		return false;
	*(uint64_t *)to = n;
	return true;
}

static bool parse_version(const char *text, void *to)
{
	enum vmsa_linux_version version;

	if (vmsa_linux_version_find(text, &version))
		return false;
	*(uint64_t *)to = version;
	return true;
}

bool parse_mapping(const char *text, void *to)
{
	enum vmsa_linux_mapping mapping;

	if (vmsa_linux_mapping_find(text, &mapping))
		return false;
	*(uint64_t *)to = mapping;
	return true;
}

/* May be repeated: each one is added to those before. */
static bool parse_trace(const char *text, void *to)
{
	struct replay_args *replay = to;

	if (replay->nr_traces == MAX_TRACES)
		return false;
	replay->traces[replay->nr_traces++] = text;
	return true;
}

/* recorded | scatter:SHIFT[:SIZE] */
static bool parse_placement(const char *text, void *to)
{
	struct placement_args p = { .given = true };
	const char *end;

	if (!strcmp(text, "recorded")) {
		*(struct placement_args *)to = p;
		return true;
	}
	if (strncmp(text, "scatter:", 8))
		return false;
	p.scatter = true;
	end = scan_number(text + 8, &p.shift);
	if (!end || p.shift > 28)
		return false;
	if (*end && (*end != ':' || !parse_size(end + 1, &p.size)))
		return false;
	*(struct placement_args *)to = p;
	return true;
}

/* KEY=VALUE; the text is cut in two where it stands. */
static bool parse_line(const char *text, void *to)
{
	struct edit_args *edit = to;
	char *equals = strchr(text, '=');

	if (!equals || equals == text || edit->nr_lines == 2 * MAX_LINES)
		return false;
	*equals = '\0';
	edit->lines[edit->nr_lines++] = text;
	edit->lines[edit->nr_lines++] = equals + 1;
	return true;
}

/* As many as a trace can have. */
static bool parse_filter(const char *text, void *to)
{
	uint64_t n;

	if (!parse_number(text, &n) || n > VMSA_TRACE_MAX_FILTER)
		return false;
	*(uint64_t *)to = n;
	return true;
}

/* zstd's own range. */
static bool parse_level(const char *text, void *to)
{
	uint64_t n;

	if (!parse_number(text, &n) || n < 1 || n > 22)
		return false;
	*(uint64_t *)to = n;
	return true;
}

static const struct option common_rows[] = {
	{ "--json", NULL, "print the result as JSON", NULL, NULL, AT(json) },
	{ "--help", NULL, "print this and exit", NULL, NULL, AT(help) },
	END,
};

static const struct option machine_rows[] = {
	{ "--machine", "NAME|FILE.dtb", "the machine that boots",
	  "the name of a bundled machine or a .dtb file", parse_text,
	  AT(machine.machine) },
	{ "--cpu", "NAME|FILE.dtb", "with CPUs of this model instead",
	  "a bundled CPU model or machine, or a .dtb file", parse_text,
	  AT(machine.cpu) },
	{ "--memory", "SIZE", "with one bank of this size instead",
	  "a size such as 4G", parse_size, AT(machine.memory) },
	{ "--bootargs", "STRING", "with these boot arguments instead",
	  "a string", parse_text, AT(machine.bootargs) },
	{ "--bbm", "0|1|2|3", "with CPUs of this break-before-make level",
	  "0, 1, 2 or 3", parse_bbm, AT(machine.bbm) },
	{ "--granule", "4k|16k|64k", "page size of the kernel [4k]",
	  "4k, 16k or 64k", parse_granule, AT(machine.granule_shift) },
	{ "--va-bits", "N", "virtual address bits of the kernel [52]",
	  "a number of bits", parse_number, AT(machine.va_bits) },
	{ "--linux", "VERSION",
	  "whose behaviour: v6.12, v2, v6.18 or v7.3 [v7.3]",
	  "v6.12, v2, v6.18 or v7.3", parse_version, AT(machine.version) },
	{ "--mapping", "MAPPING",
	  "linux, or force pte, cont, block or block+cont [linux]",
	  "linux, pte, cont, block or block+cont", parse_mapping,
	  AT(machine.mapping) },
	END,
};

static const struct option case_rows[] = {
	{ "--case", "DIR", "the tables of a recorded kernel instead",
	  "the folder of a recorded case", parse_text, AT(recorded.dir) },
	{ "--stage", "NAME", "at this stage of the case [the last]",
	  "the name of a stage", parse_text, AT(recorded.stage) },
	END,
};

static const struct option trace_rows[] = {
	{ "--trace", "FILE|NAME", "a trace; may be given several times",
	  "a trace, at most 64 of them", parse_trace, AT(replay) },
	END,
};

static const struct option replay_rows[] = {
	{ "--placement", "recorded|scatter:SHIFT[:SIZE]",
	  "leave memory together, or scatter units of 2^SHIFT 4K pages",
	  "recorded or scatter:SHIFT[:SIZE], SHIFT from 0 to 28",
	  parse_placement, AT(replay.placement) },
	{ "--seed", "N", "of the scattering [1]", "a number", parse_number,
	  AT(replay.seed) },
	{ "--warmup", "INSTRUCTIONS",
	  "not counted at the start [100M, or half the trace]",
	  "a number such as 100M", parse_instructions, AT(replay.warmup) },
	{ "--tlb", "NAME=ENTRIES[/WAYS],...",
	  "with translation structures of other sizes",
	  "such as l1d=64,l2=1536/6", parse_text, AT(replay.tlb) },
	{ "--data-only", NULL, "leave instruction fetches out", NULL, NULL,
	  AT(replay.data_only) },
	{ "--threads", "N", "replays at a time [one per host CPU]", "a number",
	  parse_number, AT(replay.threads) },
	END,
};

static const struct option compare_rows[] = {
	{ "--low-memory", NULL, "one mapping after the other", NULL, NULL,
	  AT(low_memory) },
	END,
};

static const struct option walk_rows[] = {
	{ "--pa", NULL, "the addresses are physical", NULL, NULL, AT(pa) },
	END,
};

static const struct option ptdump_rows[] = {
	{ "--diff", "FILE", "compare with a real kernel's text",
	  "the name of a file", parse_text, AT(diff) },
	{ "--show", "N", "differences printed at most [10]", "a number",
	  parse_number, AT(show) },
	END,
};

static const struct option verify_rows[] = {
	{ "--show", "N", "differences printed of each stage [10]", "a number",
	  parse_number, AT(show) },
	END,
};

static const struct option explore_rows[] = {
	{ "--ets2", NULL, "the PEs have FEAT_ETS2", NULL, NULL,
	  AT(explore.ets2) },
	{ "--max-states", "N",
	  "look at so many states of an address or a test at most",
	  "a number above 0", parse_positive, AT(explore.max_states) },
	END,
};

static const struct option program_rows[] = {
	{ "--bbm", "0|1|2|3", "at this break-before-make level [the lowest]",
	  "0, 1, 2 or 3", parse_bbm, AT(machine.bbm) },
	{ "--pes", "N", "there are N PEs; if all of them edit, no other looks",
	  "a number above 0", parse_positive, AT(explore.pes) },
	{ "--any-order", NULL, "PEs that edit run side by side, in any order",
	  NULL, NULL, AT(explore.any_order) },
	{ "--hd", NULL, "hardware sets the dirty state: DBM means writable",
	  NULL, NULL, AT(explore.hd) },
	{ "--same-contents", NULL,
	  "read-only pages that are swapped hold the same", NULL, NULL,
	  AT(explore.same_contents) },
	{ "--leave-out", NULL, "leave out each event in turn: is it needed?",
	  NULL, NULL, AT(explore.leave_out) },
	END,
};

static const struct option litmus_rows[] = {
	{ "--litmus", "FILE", "litmus tests, one JSON object a line, instead",
	  "the name of a file", parse_text, AT(explore.litmus) },
	{ "--name", "NAME", "only the test of that name", "the name of a test",
	  parse_text, AT(explore.name) },
	{ "--story", NULL, "tell the shortest run to each allowed outcome",
	  NULL, NULL, AT(explore.story) },
	END,
};

static const struct option check_rows[] = {
	{ "--bbm", "0|1|2|3", "break-before-make level, whatever the log says",
	  "0, 1, 2 or 3", parse_bbm, AT(machine.bbm) },
	{ "--tlbi-repeat", "1|2", "TLBIs with their DSB that make sure of one",
	  "1 or 2", parse_repeat, AT(log.tlbi_repeat) },
	{ "--no-hafdbs", NULL, "hardware sets no Access flag and dirty state",
	  NULL, NULL, AT(log.no_hafdbs) },
	{ "--show", "N", "findings printed at most [10]", "a number",
	  parse_number, AT(show) },
	END,
};

static const struct option scenario_rows[] = {
	{ "--check", NULL, "hold every step against break-before-make", NULL,
	  NULL, AT(check) },
	{ "--bbm", "0|1|2|3", "at this level, not the boot CPU's",
	  "0, 1, 2 or 3", parse_bbm, AT(machine.bbm) },
	{ "--show", "N", "findings printed at most [10]", "a number",
	  parse_number, AT(show) },
	END,
};

static const struct option info_rows[] = {
	{ "--check", NULL, "read every record, to find damage inside", NULL,
	  NULL, AT(check) },
	END,
};

static const struct option cut_rows[] = {
	{ "--from", "INSTRUCTIONS", "where the part starts [0]",
	  "a number such as 100M", parse_instructions, AT(edit.from) },
	{ "--to", "INSTRUCTIONS", "where it ends [the end]",
	  "a number such as 100M", parse_instructions, AT(edit.to) },
	END,
};

static const struct option convert_rows[] = {
	{ "--from", "FORMAT", "of the files, such as champsim [pgtrace]",
	  "the name of a format", parse_text, AT(edit.format) },
	{ "-o", "NEW", "the new trace [the last word]", "the name of a file",
	  parse_text, AT(edit.output) },
	{ "--data-filter", "N",
	  "leave out hits in the last N pages of data [0]",
	  "a number from 0 to 64", parse_filter, AT(edit.data_filter) },
	{ "--fetch-filter", "N",
	  "leave out hits in the last N pages of code [0]",
	  "a number from 0 to 64", parse_filter, AT(edit.fetch_filter) },
	{ "--physical", NULL, "gem5's addresses are of the linear map", NULL,
	  NULL, AT(edit.physical) },
	{ "--line", "KEY=VALUE", "a line of the header; may be repeated",
	  "KEY=VALUE, at most 64 times", parse_line, AT(edit) },
	END,
};

static const struct option export_rows[] = {
	{ "--stream", "N", "which of the trace's streams [0]", "a number",
	  parse_number, AT(edit.stream) },
	END,
};

static const struct option compression_rows[] = {
	{ "--level", "1..22", "zstd's compression level [3]",
	  "a number from 1 to 22", parse_level, AT(edit.level) },
	END,
};

const struct option_group common_options = { "options", common_rows };
const struct option_group machine_options = { "machine options", machine_rows };
const struct option_group case_options = { "recorded tables", case_rows };
const struct option_group trace_options = { "traces", trace_rows };
const struct option_group replay_options = { "replay options", replay_rows };
const struct option_group compare_options = { "compare options", compare_rows };
const struct option_group walk_options = { "walk options", walk_rows };
const struct option_group ptdump_options = { "ptdump options", ptdump_rows };
const struct option_group verify_options = { "verify options", verify_rows };
const struct option_group explore_options = { "search", explore_rows };
const struct option_group program_options = { "scenarios", program_rows };
const struct option_group litmus_options = { "litmus tests", litmus_rows };
const struct option_group check_options = { "check options", check_rows };
const struct option_group scenario_options = { "scenario options",
					       scenario_rows };
const struct option_group info_options = { "info options", info_rows };
const struct option_group convert_options = { "convert options", convert_rows };
const struct option_group export_options = { "export options", export_rows };
const struct option_group compression_options = { "compression",
						  compression_rows };
const struct option_group cut_options = { "cut options", cut_rows };
