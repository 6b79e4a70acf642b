/* SPDX-License-Identifier: BSD-2-Clause */
#include "json.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "say.h"

/* Objects and arrays that are open at a time. */
#define MAX_DEPTH 8

struct doc {
	json_t *open[MAX_DEPTH]; /* borrowed, but for the first */
	int depth;               /* of the innermost */
	bool failed;             /* memory ran out on the way */
};

bool doc_is_available(void)
{
	return true;
}

struct doc *doc_open(void)
{
	struct doc *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->open[0] = json_object();
	d->failed = !d->open[0];
	return d;
}

/* Takes @value over; a NULL is an allocation that failed. */
static void add(struct doc *d, const char *key, json_t *value)
{
	json_t *parent;

	if (!d) {
		json_decref(value);
		return;
	}
	parent = d->open[d->depth];
	if (key ? json_object_set_new(parent, key, value)
		: json_array_append_new(parent, value))
		d->failed = true;
}

/* A child that could not be made swallows what is added to it. */
static void descend(struct doc *d, const char *key, json_t *child)
{
	add(d, key, child);
	if (d && d->depth + 1 < MAX_DEPTH)
		d->open[++d->depth] = d->failed ? NULL : child;
}

void doc_object(struct doc *d, const char *key)
{
	descend(d, key, json_object());
}

void doc_array(struct doc *d, const char *key)
{
	descend(d, key, json_array());
}

void doc_end(struct doc *d)
{
	if (d && d->depth)
		d->depth--;
}

void doc_count(struct doc *d, const char *key, int64_t value)
{
	add(d, key, json_integer(value));
}

void doc_hex(struct doc *d, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	add(d, key, json_string(text));
}

void doc_number(struct doc *d, const char *key, double value)
{
	add(d, key, isfinite(value) ? json_real(value) : json_null());
}

void doc_text(struct doc *d, const char *key, const char *value)
{
	/* Names come from files and need not be UTF-8. */
	json_t *text = value ? json_string(value) : json_null();

	add(d, key, text ? text : json_string("(not UTF-8)"));
}

void doc_bool(struct doc *d, const char *key, bool value)
{
	add(d, key, json_boolean(value));
}

int doc_close(struct doc *d, FILE *out)
{
	const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(12);
	bool failed = !d || d->failed;

	if (!failed)
		failed = json_dumpf(d->open[0], out, flags) != 0;
	if (d) {
		json_decref(d->open[0]);
		free(d);
	}
	if (failed)
		return complain("could not write the JSON document");
	fputc('\n', out);
	return EXIT_DONE;
}
