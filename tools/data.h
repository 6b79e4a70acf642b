/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_DATA_H
#define VMSA_TOOLS_DATA_H
/*
 * data.h - where bundled machines and traces lie
 *
 * Folders are searched in this order, each with "machines" and "traces":
 *
 *     $VMSA_DATA_DIR
 *     ../share/vmsa beside the program's own folder
 *     the tree the program was built in, and its source tree
 *     the folder it was configured to be installed in
 */
#include <stdbool.h>
#include <stddef.h>

/** MAX_PATH_TEXT - bytes of the longest path handled. */
#define MAX_PATH_TEXT 4096

/**
 * data_find() - the file of a bundled thing.
 * @kind:   "machines" or "traces"
 * @name:   bare, "neoverse-n1"
 * @suffix: ".dtb"
 * @out:    MAX_PATH_TEXT bytes; the file exists
 *
 * Return: whether there is one.
 */
bool data_find(const char *kind, const char *name, const char *suffix,
	       char *out);

/** struct data_names - sorted names, without folder and suffix. */
struct data_names {
	char **v; /**< each freed by data_names_free() */
	size_t n; /**< how many */
};

/**
 * data_list() - the names of everything bundled of a kind.
 * @kind:   "machines" or "traces"
 * @suffix: ".dtb"
 * @out:    free with data_names_free(); empty if memory ran out
 */
void data_list(const char *kind, const char *suffix, struct data_names *out);

/** data_names_free() - give the names back. */
void data_names_free(struct data_names *names);

/**
 * data_names_text() - "a, b and c".
 * @names: any
 * @out:   512 bytes, cut if they do not suffice
 *
 * Return: @out.
 */
char *data_names_text(const struct data_names *names, char *out);

#endif /* VMSA_TOOLS_DATA_H */
