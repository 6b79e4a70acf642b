/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_read.c - from JSON lines to tests
 */
#include "bbm/litmus.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bbm/json.h"
#include "error.h"

/* No test is anywhere near as large; a bound for hostile input. */
#define MAX_LINES 256

static void free_lines(struct lines *lines)
{
	for (size_t i = 0; i < lines->nr; i++)
		free(lines->line[i]);
	free(lines->line);
}

static void free_raw(struct raw_test *raw)
{
	free_lines(&raw->init);
	for (unsigned i = 0; i < MAX_PES; i++)
		free_lines(&raw->thread[i]);
	free(raw->condition);
}

static void free_test(struct test *test)
{
	if (!test)
		return;
	free(test->name);
	free(test->strong);
	free(test->notes);
	free(test);
}

static bool oops(struct vmsa_json *json, const char *text)
{
	if (!json->oops)
		json->oops = text;
	return false;
}

static bool read_lines(struct vmsa_json *json, struct lines *out)
{
	if (out->line)
		return oops(json, "a member occurs twice");
	out->line = calloc(MAX_LINES, sizeof(*out->line));
	if (!out->line || !vmsa_json_expect(json, '['))
		return false;
	if (vmsa_json_accept(json, ']'))
		return true;
	do {
		if (out->nr == MAX_LINES)
			return oops(json, "an array is too long");
		out->line[out->nr] = vmsa_json_string(json);
		if (!out->line[out->nr])
			return false;
		out->nr++;
	} while (vmsa_json_accept(json, ','));
	return vmsa_json_expect(json, ']');
}

/* Threads beyond the bound are read over; the test is then not expressed. */
static bool read_threads(struct vmsa_json *json, struct raw_test *raw)
{
	if (raw->nr_threads)
		return oops(json, "a member occurs twice");
	if (!vmsa_json_expect(json, '['))
		return false;
	do {
		bool read = raw->nr_threads < MAX_PES
				    ? read_lines(json,
						 &raw->thread[raw->nr_threads])
				    : vmsa_json_skip(json);

		if (!read)
			return false;
		raw->nr_threads++;
	} while (vmsa_json_accept(json, ','));
	return vmsa_json_expect(json, ']');
}

static bool read_string(struct vmsa_json *json, char **out)
{
	if (*out)
		return oops(json, "a member occurs twice");
	*out = vmsa_json_string(json);
	return *out != NULL;
}

static bool read_member(struct vmsa_json *json, const char *key,
			struct raw_test *raw, struct test *test)
{
	if (!strcmp(key, "name"))
		return read_string(json, &test->name);
	if (!strcmp(key, "strong"))
		return read_string(json, &test->strong);
	if (!strcmp(key, "notes"))
		return read_string(json, &test->notes);
	if (!strcmp(key, "condition"))
		return read_string(json, &raw->condition);
	if (!strcmp(key, "init"))
		return read_lines(json, &raw->init);
	if (!strcmp(key, "threads"))
		return read_threads(json, raw);
	return vmsa_json_skip(json);
}

static bool read_object(struct vmsa_json *json, struct raw_test *raw,
			struct test *test)
{
	if (!vmsa_json_expect(json, '{'))
		return false;
	do {
		char *key = vmsa_json_string(json);
		bool read = key && vmsa_json_expect(json, ':') &&
			    read_member(json, key, raw, test);

		free(key);
		if (!read)
			return false;
	} while (vmsa_json_accept(json, ','));
	if (!vmsa_json_expect(json, '}'))
		return false;
	if (!vmsa_json_at_end(json))
		return oops(json, "something follows the object");
	if (!test->name || !raw->condition || !raw->init.line ||
	    !raw->nr_threads)
		return oops(json,
			    "name, init, threads or condition is missing");
	return true;
}

/* Optional strings are "" from here on. */
static bool complete(struct test *test)
{
	if (!test->strong)
		test->strong = strdup("");
	if (!test->notes)
		test->notes = strdup("");
	return test->strong && test->notes;
}

static bool append(struct vmsa_litmus *litmus, struct test *test)
{
	if (litmus->nr == litmus->room) {
		const size_t room = litmus->room ? 2 * litmus->room : 64;
		struct test **grown =
			realloc(litmus->test, room * sizeof(*grown));

		if (!grown)
			return false;
		litmus->test = grown;
		litmus->room = room;
	}
	litmus->test[litmus->nr++] = test;
	return true;
}

static int read_test(struct vmsa_json *json, struct vmsa_litmus *litmus)
{
	struct raw_test raw = { .nr_threads = 0 };
	struct test *test = calloc(1, sizeof(*test));
	int rc = -ENOMEM;

	if (test && read_object(json, &raw, test) && complete(test)) {
		vmsa_litmus_understand(&raw, test);
		if (append(litmus, test))
			rc = 0;
	}
	free_raw(&raw);
	if (!rc)
		return 0;
	free_test(test);
	return json->oops ? -EINVAL : rc;
}

static int read_all(const struct vmsa_litmus_text *text,
		    struct vmsa_litmus *litmus, struct vmsa_error *err)
{
	const char *at = text->text, *end = at + text->size;

	for (uint64_t line = 1; at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		struct vmsa_json json = { .at = at, .end = stop ? stop : end };
		int rc;

		at = json.end + (stop != NULL);
		if (vmsa_json_at_end(&json))
			continue;
		rc = read_test(&json, litmus);
		if (rc)
			return vmsa_error_at(
				err, text->name, "line", line, rc, "%s",
				json.oops ? json.oops : "no memory");
	}
	return 0;
}

int vmsa_litmus_parse(const struct vmsa_litmus_text *text,
		      struct vmsa_litmus **out, struct vmsa_error *err)
{
	struct vmsa_litmus *litmus = calloc(1, sizeof(*litmus));
	int rc;

	if (!litmus)
		return vmsa_error_at(err, text->name, NULL, 0, -ENOMEM,
				     "no memory");
	rc = read_all(text, litmus, err);
	if (rc)
		vmsa_litmus_destroy(litmus);
	else
		*out = litmus;
	return rc;
}

/* A whole stream; sets @size and returns what free() takes, NULL on failure. */
static char *slurp(FILE *file, size_t *size)
{
	size_t room = 1 << 16, n = 0, got;
	char *text = malloc(room), *grown;

	while (text) {
		got = fread(text + n, 1, room - n, file);
		n += got;
		if (n < room)
			break;
		room *= 2;
		grown = realloc(text, room);
		if (!grown)
			free(text);
		text = grown;
	}
	*size = n;
	return text;
}

int vmsa_litmus_read(const char *path, struct vmsa_litmus **out,
		     struct vmsa_error *err)
{
	struct vmsa_litmus_text text = { .name = path };
	FILE *file = fopen(path, "rb");
	char *bytes;
	int rc;

	if (!file)
		return vmsa_error_at(err, path, NULL, 0, -errno, "%s",
				     strerror(errno));
	bytes = slurp(file, &text.size);
	text.text = bytes;
	if (!bytes)
		rc = vmsa_error_at(err, path, NULL, 0, -ENOMEM, "no memory");
	else if (ferror(file))
		rc = vmsa_error_at(err, path, NULL, 0, -EIO, "cannot be read");
	else
		rc = vmsa_litmus_parse(&text, out, err);
	free(bytes);
	fclose(file);
	return rc;
}

void vmsa_litmus_destroy(struct vmsa_litmus *litmus)
{
	if (!litmus)
		return;
	for (size_t i = 0; i < litmus->nr; i++)
		free_test(litmus->test[i]);
	free(litmus->test);
	free(litmus);
}

size_t vmsa_litmus_count(const struct vmsa_litmus *litmus)
{
	return litmus->nr;
}

void vmsa_litmus_test(const struct vmsa_litmus *litmus, size_t index,
		      struct vmsa_litmus_test *out)
{
	const struct test *test = litmus->test[index];

	*out = (struct vmsa_litmus_test){
		.name = test->name,
		.strong = test->strong,
		.notes = test->notes,
		.why = test->why[0] ? test->why : NULL,
		.exact = strstr(test->notes, "simple: exact") != NULL,
		.too_strong = strstr(test->notes, "simple: too strong") != NULL,
	};
}

const char *vmsa_litmus_verdict_name(enum vmsa_litmus_verdict verdict)
{
	switch (verdict) {
	case VMSA_LITMUS_ALLOWED:
		return "allowed";
	case VMSA_LITMUS_FORBIDDEN:
		return "forbidden";
	case VMSA_LITMUS_NOT_EXPRESSED:
		return "not expressed";
	case VMSA_LITMUS_BOUND_HIT:
		return "bound hit";
	default:
		return "?";
	}
}

int vmsa_litmus_explore(const struct vmsa_litmus *litmus, size_t index,
			const struct vmsa_litmus_options *options,
			struct vmsa_litmus_result *out)
{
	const struct vmsa_litmus_options defaults = { .ets2 = false };
	const struct test *test = litmus->test[index];

	if (test->why[0]) {
		*out = (struct vmsa_litmus_result){
			.verdict = VMSA_LITMUS_NOT_EXPRESSED,
			.why = test->why,
		};
		return 0;
	}
	return vmsa_litmus_search(test, options ? options : &defaults, 0, out);
}
