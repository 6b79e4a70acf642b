/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_ZST_H
#define VMSA_TEST_ZST_H
/*
 * zst.h - files of the recorded kernels, read and written by a test itself
 */
#include "support/vmsa_test.h"

/** file_read() - a file's bytes and a NUL behind them; free() them. */
char *file_read(const char *path, size_t *size);

/** file_write() - make a file. */
void file_write(const char *path, const void *data, size_t size);

/** zst_read() - a compressed file's text; free() it. */
char *zst_read(const char *path);

/** zst_write() - make a compressed file. */
void zst_write(const char *path, const char *text, size_t size);

/** next_line() - cut the line at *@at off; NULL at the end. */
char *next_line(char **at);

/** ends_with() - does @text end with @end? */
bool ends_with(const char *text, const char *end);

/** oracle() - a path below tests/oracle; valid until the next call but 3. */
const char *oracle(const char *below);

/** list_dir() - sorted names in a folder that start with @prefix; free(). */
char (*list_dir(const char *path, const char *prefix, size_t *n))[256];

/** scratch_dir() - make a fresh folder below the temporary one. */
void scratch_dir(char *out, size_t size);

/** scratch_drop() - remove it with everything in it. */
void scratch_drop(const char *path);

/** copy_dir() - copy the plain files of a folder into a new one. */
void copy_dir(const char *from, const char *to);

#endif /* VMSA_TEST_ZST_H */
