/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_UNPACK_H
#define VMSA_LIB_TRACE_UNPACK_H
/*
 * unpack.h - decompress what others compress: gzip, xz, bzip2, lz4, zip
 *
 * zstd is not among them: source.c reads it itself, with any build.  The rest
 * is libarchive's work, where the build has it; unpack_missing.c is the other.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmsa_unpack;

/**
 * vmsa_unpack_read_fn - the next piece of the compressed file.
 * @arg:  as given
 * @data: set to the piece, which stays until the next call
 * @size: set to its bytes, 0 at the end
 *
 * Return: 0 or a negative errno.
 */
typedef int (*vmsa_unpack_read_fn)(void *arg, const uint8_t **data,
				   size_t *size);

/**
 * vmsa_unpack_name() - what a file is compressed with, by its first bytes.
 * @data: the first @size bytes
 * @size: how many are at hand
 *
 * Return: "gzip", "xz", "bzip2", "lz4" or "zip"; NULL if none of these.
 */
const char *vmsa_unpack_name(const uint8_t *data, size_t size);

/** vmsa_unpack_is_available() - was the library built with libarchive? */
bool vmsa_unpack_is_available(void);

/**
 * vmsa_unpack_create() - start to decompress.
 * @read: delivers the file from its first byte
 * @arg:  handed to @read
 *
 * Return: for vmsa_unpack_destroy(); NULL without memory.
 */
struct vmsa_unpack *vmsa_unpack_create(vmsa_unpack_read_fn read, void *arg);

/** vmsa_unpack_destroy() - free it; accepts NULL. */
void vmsa_unpack_destroy(struct vmsa_unpack *u);

/**
 * vmsa_unpack_read() - the next bytes of the contents.
 * @u:    what to read
 * @out:  room for @room bytes
 * @room: in bytes, at least 1
 * @got:  how many were stored; 0 at the end
 *
 * Files of a zip archive follow one another.
 *
 * Return: 0; -EBADMSG, if the file is damaged or truncated, see
 * vmsa_unpack_fault(); -ENOMEM; an errno of @read.
 */
int vmsa_unpack_read(struct vmsa_unpack *u, void *out, size_t room,
		     size_t *got);

/** vmsa_unpack_fault() - what was wrong, after a failed read. */
const char *vmsa_unpack_fault(const struct vmsa_unpack *u);

#endif /* VMSA_LIB_TRACE_UNPACK_H */
