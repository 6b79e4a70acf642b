/* SPDX-License-Identifier: BSD-2-Clause */
#include "traces.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data.h"
#include "say.h"

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
