/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_SOURCE_H
#define VMSA_LIB_TRACE_SOURCE_H
/*
 * source.h - read a file that may be compressed, piece by piece
 *
 * Offsets are of the contents, as if the file had been decompressed.
 */
#include <stdio.h>
#include <zstd.h>

#include "trace/bytes.h"
#include "trace/unpack.h"
#include "vmsa/types.h"

/** struct vmsa_source - an open file and a window of its contents. */
struct vmsa_source {
	FILE *file;
	char *path;
	ZSTD_DCtx *zstd; /**< NULL if it is not compressed with zstd */
	struct vmsa_unpack *unpack; /**< NULL if not with another either */
	struct buffer input;        /**< as in the file */
	size_t input_pos;           /**< first byte not yet decompressed */
	size_t frame_hint;          /**< 0: between frames, the file may end */
	struct buffer window;       /**< contents */
	size_t pos;                 /**< first byte of @window not yet taken */
	uint64_t offset;            /**< of the window's first byte */
	bool end;                   /**< nothing comes behind @window */
};

/**
 * vmsa_source_open() - open a file.
 * @s:    all zero; vmsa_source_close() is due also after a failure
 * @path: the file
 * @err:  filled on failure
 *
 * Return: 0; -ENOTSUP, if it is compressed and this build cannot read that;
 * -ENOMEM; an errno of open or read.
 */
int vmsa_source_open(struct vmsa_source *s, const char *path,
		     struct vmsa_error *err);

/** vmsa_source_close() - close the file and free what belongs to @s. */
void vmsa_source_close(struct vmsa_source *s);

/**
 * vmsa_source_fill() - have up to @n bytes at hand.
 * @s:    an open source
 * @n:    bytes wanted behind the ones taken
 * @have: how many there are: fewer than @n only at the end of the contents
 * @err:  filled on failure
 *
 * Return: 0; -EBADMSG, if the compressed file is damaged or truncated;
 * -ENOMEM; an errno of read.
 */
int vmsa_source_fill(struct vmsa_source *s, size_t n, size_t *have,
		     struct vmsa_error *err);

/** vmsa_source_data() - the bytes at hand. */
static inline const uint8_t *vmsa_source_data(const struct vmsa_source *s)
{
	return s->window.data + s->pos;
}

/** vmsa_source_tell() - offset of the next byte. */
static inline uint64_t vmsa_source_tell(const struct vmsa_source *s)
{
	return s->offset + s->pos;
}

#endif /* VMSA_LIB_TRACE_SOURCE_H */
