/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_JSON_H
#define VMSA_TOOLS_JSON_H
/*
 * json.h - results as JSON, written member by member
 *
 *     d = doc_open(); doc_count(d, "leaves", 3); doc_close(d, stdout);
 *
 * A key is NULL inside an array.  Addresses and descriptors are strings
 * ("0x..."), since JSON's numbers are not 64 bits wide everywhere.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct doc;

/** doc_is_available() - whether the program was built with jansson. */
bool doc_is_available(void);

/** doc_open() - start a document, an object; NULL if memory ran out. */
struct doc *doc_open(void);

/** doc_object() - start an object inside the current one. */
void doc_object(struct doc *d, const char *key);

/** doc_array() - start an array inside the current one. */
void doc_array(struct doc *d, const char *key);

/** doc_end() - end the object or array started last. */
void doc_end(struct doc *d);

/** doc_count() - a whole number. */
void doc_count(struct doc *d, const char *key, int64_t value);

/** doc_hex() - an address or a descriptor, as a string. */
void doc_hex(struct doc *d, const char *key, uint64_t value);

/** doc_number() - a number; one that is not finite becomes null. */
void doc_number(struct doc *d, const char *key, double value);

/** doc_text() - a string, UTF-8; NULL becomes null. */
void doc_text(struct doc *d, const char *key, const char *value);

/** doc_bool() - true or false. */
void doc_bool(struct doc *d, const char *key, bool value);

/**
 * doc_close() - print the document and forget it.
 * @d:   the document, or NULL
 * @out: where to
 *
 * Return: EXIT_DONE; EXIT_BAD, after a complaint, if memory ran out.
 */
int doc_close(struct doc *d, FILE *out);

#endif /* VMSA_TOOLS_JSON_H */
