/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unpack.c - decompress with libarchive
 *
 * A compressed file is an archive of one nameless file to its "raw" format; a
 * zip, in which DynamoRIO stores its traces piece by piece, has many files.
 */
#include "trace/unpack.h"

#include <archive.h>
#include <errno.h>
#include <stdlib.h>

struct vmsa_unpack {
	struct archive *archive;
	vmsa_unpack_read_fn read;
	void *arg;
	int read_error; /* what @read said, 0 if nothing */
	bool in_file;   /* between a file's header and its end */
	bool end;       /* nothing follows */
};

bool vmsa_unpack_is_available(void)
{
	return true;
}

/* libarchive asks for the next piece of the file. */
static la_ssize_t next_piece(struct archive *archive, void *arg,
			     const void **out)
{
	struct vmsa_unpack *u = arg;
	const uint8_t *data = NULL;
	size_t size = 0;

	u->read_error = u->read(u->arg, &data, &size);
	if (u->read_error) {
		archive_set_error(archive, -u->read_error, "cannot be read");
		return -1;
	}
	*out = data;
	return (la_ssize_t)size;
}

struct vmsa_unpack *vmsa_unpack_create(vmsa_unpack_read_fn read, void *arg)
{
	struct vmsa_unpack *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->read = read;
	u->arg = arg;
	u->archive = archive_read_new();
	if (!u->archive) {
		free(u);
		return NULL;
	}
	/* Only what vmsa_unpack_name() names: no program is to be run. */
	archive_read_support_filter_gzip(u->archive);
	archive_read_support_filter_xz(u->archive);
	archive_read_support_filter_bzip2(u->archive);
	archive_read_support_filter_lz4(u->archive);
	archive_read_support_format_raw(u->archive);
	archive_read_support_format_empty(u->archive);
	archive_read_support_format_zip_streamable(u->archive);
	/* A fault in its first bytes is found again by the first read. */
	archive_read_open(u->archive, u, NULL, next_piece, NULL);
	return u;
}

void vmsa_unpack_destroy(struct vmsa_unpack *u)
{
	if (!u)
		return;
	archive_read_free(u->archive);
	free(u);
}

static int fault(const struct vmsa_unpack *u)
{
	if (u->read_error)
		return u->read_error;
	return archive_errno(u->archive) == ENOMEM ? -ENOMEM : -EBADMSG;
}

/* Go to the next file's contents, or to the end. */
static int next_file(struct vmsa_unpack *u)
{
	struct archive_entry *entry;
	const int ret = archive_read_next_header(u->archive, &entry);

	u->end = ret == ARCHIVE_EOF;
	u->in_file = ret == ARCHIVE_OK || ret == ARCHIVE_WARN;
	return u->end || u->in_file ? 0 : fault(u);
}

int vmsa_unpack_read(struct vmsa_unpack *u, void *out, size_t room, size_t *got)
{
	la_ssize_t n;
	int ret;

	*got = 0;
	while (!*got && !u->end) {
		ret = u->in_file ? 0 : next_file(u);
		if (ret || !u->in_file)
			return ret;
		n = archive_read_data(u->archive, out, room);
		if (n < 0)
			return fault(u);
		u->in_file = n > 0;
		*got = (size_t)n;
	}
	return 0;
}

const char *vmsa_unpack_fault(const struct vmsa_unpack *u)
{
	const char *text = archive_error_string(u->archive);

	return text ? text : "the compressed file is damaged";
}
