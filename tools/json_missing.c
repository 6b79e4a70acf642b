/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json_missing.c - json.h in a program built without jansson
 *
 * args_parse() refuses --json then, so none of the writers is ever called.
 */
#include "json.h"

#include "say.h"

bool doc_is_available(void)
{
	return false;
}

struct doc *doc_open(void)
{
	return NULL;
}

void doc_object(struct doc *d, const char *key)
{
	(void)d;
	(void)key;
}

void doc_array(struct doc *d, const char *key)
{
	(void)d;
	(void)key;
}

void doc_end(struct doc *d)
{
	(void)d;
}

void doc_count(struct doc *d, const char *key, int64_t value)
{
	(void)d;
	(void)key;
	(void)value;
}

void doc_hex(struct doc *d, const char *key, uint64_t value)
{
	(void)d;
	(void)key;
	(void)value;
}

void doc_number(struct doc *d, const char *key, double value)
{
	(void)d;
	(void)key;
	(void)value;
}

void doc_text(struct doc *d, const char *key, const char *value)
{
	(void)d;
	(void)key;
	(void)value;
}

void doc_bool(struct doc *d, const char *key, bool value)
{
	(void)d;
	(void)key;
	(void)value;
}

int doc_close(struct doc *d, FILE *out)
{
	(void)d;
	(void)out;
	return complain("this program was built without jansson");
}
