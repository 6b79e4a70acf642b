/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * source.c - a file's contents through a window that moves
 *
 *	file -> input (128 KiB) -> zstd ------> window -> the reader
 *	                        \-> libarchive -/
 *
 * The window grows to what is asked for at once, which for PGT3 is a block of
 * some hundred KiB, and no further.
 */
#include "trace/source.h"

#include <string.h>

#include "error.h"

#define CHUNK (128u << 10)

/* A zstd frame starts with this (RFC 8878, 3.1.1). */
static const uint8_t zstd_magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

/* Offsets are of the contents: where the window ends. */
static int fail(const struct vmsa_source *s, int code, const char *text,
		struct vmsa_error *err)
{
	return vmsa_error_at(err, s->path, "byte", s->offset + s->window.size,
			     code, "%s", text);
}

/* Read one more chunk of the file behind what is left of the last. */
static int read_input(struct vmsa_source *s, size_t *got,
		      struct vmsa_error *err)
{
	const size_t left = s->input.size - s->input_pos;

	if (left)
		memmove(s->input.data, s->input.data + s->input_pos, left);
	s->input.size = left;
	s->input_pos = 0;
	*got = fread(s->input.data + left, 1, s->input.room - left, s->file);
	s->input.size += *got;
	if (!*got && ferror(s->file))
		return fail(s, -errno, strerror(errno), err);
	return 0;
}

/* The input, whole, to libarchive; what it was given it has used by now. */
static int give_input(void *arg, const uint8_t **data, size_t *size)
{
	struct vmsa_source *s = arg;
	size_t got;
	int ret = 0;

	if (s->input_pos == s->input.size)
		ret = read_input(s, &got, NULL);
	*data = s->input.data + s->input_pos;
	*size = s->input.size - s->input_pos;
	s->input_pos = s->input.size;
	return ret;
}

/* Find out what the file is compressed with, and start. */
static int open_contents(struct vmsa_source *s, struct vmsa_error *err)
{
	const char *name = vmsa_unpack_name(s->input.data, s->input.size);

	if (name && !vmsa_unpack_is_available())
		return vmsa_error_at(err, s->path, NULL, 0, -ENOTSUP,
				     "is compressed with %s: install "
				     "libarchive (libarchive-dev) and build "
				     "again, or decompress it first",
				     name);
	if (name) {
		s->unpack = vmsa_unpack_create(give_input, s);
	} else if (s->input.size >= 4 &&
		   !memcmp(s->input.data, zstd_magic, 4)) {
		s->zstd = ZSTD_createDCtx();
		/* Windows as large as 2^31 are not asked for by accident. */
		if (s->zstd)
			ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax,
					       27);
	} else {
		return 0;
	}
	return s->unpack || s->zstd
		       ? 0
		       : fail(s, -ENOMEM, "not enough memory", err);
}

int vmsa_source_open(struct vmsa_source *s, const char *path,
		     struct vmsa_error *err)
{
	size_t got;
	int ret;

	s->path = strdup(path);
	if (!s->path || buffer_reserve(&s->input, CHUNK))
		return vmsa_error_at(err, path, NULL, 0, -ENOMEM,
				     "not enough memory");
	s->file = fopen(path, "rbe");
	if (!s->file)
		return vmsa_error_at(err, path, NULL, 0, -errno,
				     "cannot be opened: %s", strerror(errno));
	ret = read_input(s, &got, err);
	return ret ? ret : open_contents(s, err);
}

void vmsa_source_close(struct vmsa_source *s)
{
	if (s->file)
		fclose(s->file);
	ZSTD_freeDCtx(s->zstd);
	vmsa_unpack_destroy(s->unpack);
	buffer_free(&s->input);
	buffer_free(&s->window);
	free(s->path);
}

/* Move file bytes to the window as they are. */
static int copy_some(struct vmsa_source *s)
{
	const size_t n = s->input.size - s->input_pos;

	if (buffer_reserve(&s->window, n))
		return -ENOMEM;
	memcpy(s->window.data + s->window.size, s->input.data + s->input_pos,
	       n);
	s->window.size += n;
	s->input_pos += n;
	return 0;
}

/* Decompress what the input has, as far as there is room. */
static int inflate_some(struct vmsa_source *s, struct vmsa_error *err)
{
	ZSTD_inBuffer in = { s->input.data, s->input.size, s->input_pos };
	ZSTD_outBuffer out = { s->window.data, s->window.room, s->window.size };
	const size_t hint = ZSTD_decompressStream(s->zstd, &out, &in);

	if (ZSTD_isError(hint))
		return fail(s, -EBADMSG, ZSTD_getErrorName(hint), err);
	/* Without input or output it asks for a next frame, always. */
	if (in.pos > s->input_pos || out.pos > s->window.size)
		s->frame_hint = hint;
	s->input_pos = in.pos;
	s->window.size = out.pos;
	return 0;
}

/* The same by libarchive, which knows itself where the contents end. */
static int unpack_some(struct vmsa_source *s, struct vmsa_error *err)
{
	size_t got;
	const int ret =
		vmsa_unpack_read(s->unpack, s->window.data + s->window.size,
				 s->window.room - s->window.size, &got);

	if (ret)
		return fail(s, ret, vmsa_unpack_fault(s->unpack), err);
	s->window.size += got;
	s->end = !got;
	return 0;
}

/* One step; sets @end when there is nothing more. */
static int more(struct vmsa_source *s, struct vmsa_error *err)
{
	const size_t before = s->window.size;
	size_t got;
	int ret;

	if (buffer_reserve(&s->window, CHUNK))
		return fail(s, -ENOMEM, "not enough memory", err);
	if (s->unpack)
		return unpack_some(s, err);
	/* zstd may still hold contents when the input is used up. */
	ret = s->zstd ? inflate_some(s, err) : copy_some(s);
	if (ret || s->window.size > before)
		return ret;
	ret = read_input(s, &got, err);
	if (ret || got)
		return ret;
	if (s->zstd && s->frame_hint)
		return fail(s, -EBADMSG, "the compressed file is truncated",
			    err);
	s->end = true;
	return 0;
}

int vmsa_source_fill(struct vmsa_source *s, size_t n, size_t *have,
		     struct vmsa_error *err)
{
	if (s->pos && s->window.size - s->pos < n) {
		/* Throw away what has been taken, so that memory stays. */
		memmove(s->window.data, s->window.data + s->pos,
			s->window.size - s->pos);
		s->offset += s->pos;
		s->window.size -= s->pos;
		s->pos = 0;
	}
	while (s->window.size - s->pos < n && !s->end) {
		const int ret = more(s, err);

		if (ret)
			return ret;
	}
	*have = s->window.size - s->pos;
	return 0;
}
