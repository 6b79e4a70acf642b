/* SPDX-License-Identifier: BSD-2-Clause */
#include "traces.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "json.h"
#include "say.h"
#include "sheet.h"

/* Name the word, and what would have been right. */
static int no_such_trace(const char *name)
{
	struct data_names names;
	char text[512];
	int ret;

	data_list("traces", TRACE_SUFFIX, &names);
	ret = complain("there is no trace '%s'; bundled traces: %s", name,
		       data_names_text(&names, text));
	data_names_free(&names);
	return ret;
}

int trace_open(const char *name, struct vmsa_trace **out)
{
	char path[MAX_PATH_TEXT];
	struct vmsa_error err = { 0 };
	int ret;

	/* A file of that name comes first, as a shell completes it. */
	if (access(name, F_OK)) {
		/* A path is no misspelt name. */
		if (strchr(name, '/'))
			return complain("%s: %s", name, strerror(errno));
		if (!data_find("traces", name, TRACE_SUFFIX, path))
			return no_such_trace(name);
		name = path;
	}
	ret = vmsa_trace_open(name, out, &err);
	return ret ? complain_error(name, ret, &err) : EXIT_DONE;
}

void trace_label(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');
	const size_t tail = strlen(TRACE_SUFFIX);
	size_t n;

	snprintf(out, size, "%s", slash ? slash + 1 : path);
	n = strlen(out);
	if (n > tail && !strcmp(out + n - tail, TRACE_SUFFIX))
		out[n - tail] = '\0';
}

int trace_report(const struct args *args, const char *path)
{
	const struct vmsa_trace_totals *t;
	struct vmsa_trace *trace;
	struct doc *d = args->json ? doc_open() : NULL;
	char text[NUMBER_TEXT];

	if (trace_open(path, &trace))
		return EXIT_BAD;
	doc_text(d, "file", path);
	doc_array(d, "cpus");
	for (unsigned cpu = 0; cpu < vmsa_trace_cpus(trace); cpu++) {
		t = vmsa_trace_totals(trace, cpu);
		if (!args->json) {
			printf("%s: cpu %u, %s instructions, ", path, cpu,
			       count_text(t->end_insn - t->first_insn, text));
			printf("%s records\n", count_text(t->records, text));
		}
		doc_object(d, NULL);
		doc_count(d, "instructions",
			  (int64_t)(t->end_insn - t->first_insn));
		doc_count(d, "records", (int64_t)t->records);
		doc_end(d);
	}
	doc_end(d);
	vmsa_trace_close(trace);
	return args->json ? doc_close(d, stdout) : EXIT_DONE;
}
