/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_JSON_H
#define VMSA_LIB_BBM_JSON_H
/*
 * json.h - as much of JSON as the litmus notation uses: strings and arrays
 *
 * A cursor over one line; every function skips white space before what it
 * reads.  Strings come back unescaped, as UTF-8, in memory of the caller.
 *
 * Source   RFC 8259
 */
#include <stdbool.h>
#include <stddef.h>

/** struct vmsa_json - where a reader is in its text. */
struct vmsa_json {
	const char *at;   /**< next character */
	const char *end;  /**< one past the last */
	const char *oops; /**< what was wrong, a static string; NULL so far */
};

/** vmsa_json_accept() - step over @c if it is next; whether it was. */
bool vmsa_json_accept(struct vmsa_json *json, char c);

/** vmsa_json_expect() - the same, but it is an error if it is not. */
bool vmsa_json_expect(struct vmsa_json *json, char c);

/**
 * vmsa_json_string() - read one string.
 * @json: the cursor, at the opening quote
 *
 * Return: the string, to be freed, without zero bytes inside; NULL on an
 *	error, @json->oops says which; NULL without one if memory ran out.
 */
char *vmsa_json_string(struct vmsa_json *json);

/** vmsa_json_skip() - step over one value of any kind; false on an error. */
bool vmsa_json_skip(struct vmsa_json *json);

/** vmsa_json_at_end() - whether only white space is left. */
bool vmsa_json_at_end(struct vmsa_json *json);

#endif /* VMSA_LIB_BBM_JSON_H */
