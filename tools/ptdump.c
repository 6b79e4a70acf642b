/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ptdump.c - vmsa ptdump: the tables in the kernel's own text
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "lines.h"
#include "say.h"
#include "system.h"
#include "vmsa/recorded.h"

#define LINEAR_START "---[ Linear Mapping start ]---"
#define LINEAR_END   "---[ Linear Mapping end ]---"

/* The dump as text; freed by the caller, NULL if memory ran out. */
static char *dump_text(const struct vmsa_linux *sys)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return NULL;
	ret = vmsa_linux_ptdump(sys, out);
	if (fclose(out) || ret) {
		free(text);
		return NULL;
	}
	return text;
}

/* Keep the linear map's lines only, markers included. */
static void keep_linear_map(struct lines *l)
{
	size_t from = 0, to = l->n;

	for (size_t i = 0; i < l->n; i++) {
		if (!strcmp(l->v[i], LINEAR_START))
			from = i;
		if (!strcmp(l->v[i], LINEAR_END))
			to = i + 1;
	}
	lines_keep(l, from, to);
}

/* The last line, and the exit status that goes with it. */
static int report_difference(const struct args *args, uint64_t differences,
			     size_t compared)
{
	if (args->json) {
		struct doc *d = doc_open();

		doc_text(d, "file", args->diff);
		doc_count(d, "lines", compared);
		doc_count(d, "differences", differences);
		doc_bool(d, "identical", !differences);
		if (doc_close(d, stdout))
			return EXIT_BAD;
	} else if (differences) {
		printf("%s: %" PRIu64 " lines differ\n", args->diff,
		       differences);
	} else {
		printf("%s: identical (%zu lines)\n", args->diff, compared);
	}
	return differences ? EXIT_NO : EXIT_DONE;
}

/* A boot makes no more than the linear map; a recorded kernel has it all. */
static int compare(const struct args *args, char *ours)
{
	struct lines a = { 0 }, b = { 0 };
	FILE *out = args->json ? NULL : stdout;
	uint64_t differences;
	int ret;

	ret = lines_read(args->diff, &a);
	if (!ret)
		ret = lines_split(ours, &b);
	if (!ret && !args->recorded.dir) {
		keep_linear_map(&a);
		keep_linear_map(&b);
	}
	if (!ret) {
		differences = lines_compare(&a, &b, args->show, out);
		ret = report_difference(args, differences, b.n);
	}
	lines_free(&a);
	lines_free(&b);
	return ret;
}

/* JSON for scripts that want the lines one by one. */
static int print_json(const char *text)
{
	struct lines l;
	struct doc *d = doc_open();

	if (lines_split(text, &l))
		return EXIT_BAD;
	doc_array(d, "lines");
	for (size_t i = 0; i < l.n; i++)
		doc_text(d, NULL, l.v[i]);
	doc_end(d);
	lines_free(&l);
	return doc_close(d, stdout);
}

/* Text first: printing and comparing both start from it. */
static int run(const struct args *args)
{
	struct system system = { 0 };
	char *text;
	int ret = system_open_tables(&args->machine, &args->recorded, &system);

	if (!ret) {
		text = dump_text(system.linux_system);
		if (!text)
			ret = complain("a table lies outside memory");
		else if (args->diff)
			ret = compare(args, text);
		else if (args->json)
			ret = print_json(text);
		else
			fputs(text, stdout);
		free(text);
	}
	system_close(&system);
	return ret;
}

const struct command ptdump_command = {
	.name = "ptdump",
	.summary = "Print the tables as the kernel's kernel_page_tables file, "
		   "or compare with one",
	.machine = "qemu-virt",
	.groups = { &ptdump_options, &case_options, &machine_options,
		    &common_options },
	.run = run,
};
