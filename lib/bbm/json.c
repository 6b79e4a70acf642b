/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * json.c - as much of JSON as the litmus notation uses
 */
#include "bbm/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Nesting of values that nobody reads; a bound on our own recursion. */
#define MAX_DEPTH 32

static bool fail(struct vmsa_json *json, const char *oops)
{
	if (!json->oops)
		json->oops = oops;
	return false;
}

static void skip_space(struct vmsa_json *json)
{
	while (json->at < json->end && *json->at &&
	       strchr(" \t\r\n", *json->at))
		json->at++;
}

bool vmsa_json_accept(struct vmsa_json *json, char c)
{
	skip_space(json);
	if (json->at == json->end || *json->at != c)
		return false;
	json->at++;
	return true;
}

bool vmsa_json_expect(struct vmsa_json *json, char c)
{
	if (vmsa_json_accept(json, c))
		return true;
	switch (c) {
	case '{':
		return fail(json, "expected an object");
	case '[':
		return fail(json, "expected an array");
	case ':':
		return fail(json, "expected ':' after a name");
	case '"':
		return fail(json, "expected a string");
	default:
		return fail(json, "expected ',' or the end of a value");
	}
}

/* Four hexadecimal digits; -1 if they are not. */
static int hex4(struct vmsa_json *json)
{
	int value = 0;

	for (unsigned i = 0; i < 4; i++, json->at++) {
		static const char digits[] = "0123456789abcdef";
		const char *d;

		if (json->at == json->end || !*json->at)
			return -1;
		d = strchr(digits,
			   *json->at |
				   ('A' <= *json->at && *json->at <= 'F' ? 0x20
									 : 0));
		if (!d)
			return -1;
		value = value << 4 | (int)(d - digits);
	}
	return value;
}

/* The code point after "\u", a second half included; -1 on an error. */
static int32_t code_point(struct vmsa_json *json)
{
	const int32_t high = hex4(json);
	int32_t low;

	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || json->end - json->at < 6 || json->at[0] != '\\' ||
	    json->at[1] != 'u')
		return -1;
	json->at += 2;
	low = hex4(json);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Append a code point as UTF-8; it needs no more room than its escape had. */
static char *put_utf8(char *out, int32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c < 0x800) {
		*out++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

/* What follows a backslash; NULL on an error. */
static char *unescape(struct vmsa_json *json, char *out)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;
	int32_t c;

	if (json->at == json->end || !*json->at)
		return NULL;
	if (*json->at == 'u') {
		json->at++;
		c = code_point(json);
		return c > 0 ? put_utf8(out, c) : NULL;
	}
	found = strchr(from, *json->at++);
	if (!found)
		return NULL;
	*out++ = to[found - from];
	return out;
}

char *vmsa_json_string(struct vmsa_json *json)
{
	char *text, *out;

	if (!vmsa_json_expect(json, '"'))
		return NULL;
	/* Unescaping never makes it longer. */
	text = malloc((size_t)(json->end - json->at) + 1);
	out = text;
	while (out && json->at < json->end && *json->at != '"') {
		const unsigned char c = (unsigned char)*json->at++;

		if (c == '\\')
			out = unescape(json, out);
		else if (c < 0x20)
			out = NULL;
		else
			*out++ = (char)c;
	}
	if (!text)
		return NULL;
	if (!out || json->at == json->end) {
		fail(json, out ? "a string does not end"
			       : "a string holds a bad character or escape");
		free(text);
		return NULL;
	}
	json->at++;
	*out = '\0';
	return text;
}

/* A number, true, false or null: characters that end at a delimiter. */
static bool skip_scalar(struct vmsa_json *json)
{
	const char *start = json->at;

	while (json->at < json->end && *json->at &&
	       !strchr(",]} \t\r\n", *json->at))
		json->at++;
	return json->at > start || fail(json, "expected a value");
}

static bool skip_string(struct vmsa_json *json)
{
	char *text = vmsa_json_string(json);

	free(text);
	return text != NULL;
}

static bool skip_value(struct vmsa_json *json, unsigned depth);

/* What is inside brackets or braces, the closing one included. */
static bool skip_members(struct vmsa_json *json, char close, unsigned depth)
{
	if (vmsa_json_accept(json, close))
		return true;
	do {
		if (close == '}' &&
		    !(skip_string(json) && vmsa_json_expect(json, ':')))
			return false;
		if (!skip_value(json, depth))
			return false;
	} while (vmsa_json_accept(json, ','));
	return vmsa_json_expect(json, close);
}

static bool skip_value(struct vmsa_json *json, unsigned depth)
{
	if (depth > MAX_DEPTH)
		return fail(json, "values are nested too deeply");
	skip_space(json);
	if (json->at < json->end && *json->at == '"')
		return skip_string(json);
	if (vmsa_json_accept(json, '['))
		return skip_members(json, ']', depth + 1);
	if (vmsa_json_accept(json, '{'))
		return skip_members(json, '}', depth + 1);
	return skip_scalar(json);
}

bool vmsa_json_skip(struct vmsa_json *json)
{
	return skip_value(json, 0);
}

bool vmsa_json_at_end(struct vmsa_json *json)
{
	skip_space(json);
	return json->at == json->end;
}
