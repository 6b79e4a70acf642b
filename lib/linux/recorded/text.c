/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * text.c - files of a case, whole in memory, and their lines
 *
 * A dump of a machine mapped by pages is long and repeats itself, so files are
 * zstd frames mostly.  Lines are cut in place: a reader owns the text and may
 * change it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "error.h"
#include "linux/recorded/recorded.h"

/* Larger than any text of a case: a damaged file must not eat the host. */
#define MAX_TEXT ((size_t)256 << 20)

/* Room for @need bytes; callers count the NUL at the end in. */
static int grow(struct text *t, size_t *room, size_t need,
		struct vmsa_error *err)
{
	char *data;

	if (need <= *room)
		return 0;
	if (need > MAX_TEXT)
		return vmsa_error_at(err, t->name, NULL, 0, -EFBIG,
				     "larger than %zu MiB", MAX_TEXT >> 20);
	*room = need < 65536 ? 65536 : 2 * need;
	data = realloc(t->data, *room);
	if (!data)
		return -ENOMEM;
	t->data = data;
	return 0;
}

/* The bytes of the file as they are. */
static int read_plain(FILE *f, struct text *t, size_t *room,
		      struct vmsa_error *err)
{
	int ret;

	do {
		ret = grow(t, room, t->size + 65536 + 1, err);
		if (ret)
			return ret;
		t->size += fread(t->data + t->size, 1, 65536, f);
	} while (!feof(f) && !ferror(f));
	return ferror(f) ? -EIO : 0;
}

/*
 * Replace compressed bytes by what they hold.  @more is what zstd still
 * expects: not 0 when the input is used up means that the file was cut off.
 */
static int decompress(struct text *t, struct vmsa_error *err)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer in = { t->data, t->size, 0 };
	struct text plain = { 0 };
	size_t room = 0, more = 1;
	int ret = z ? 0 : -ENOMEM;

	memcpy(plain.name, t->name, sizeof(plain.name));
	while (!ret && (in.pos < in.size || more)) {
		/* A round without input or output is the last: cut off. */
		const size_t before = in.pos;
		ZSTD_outBuffer out;

		ret = grow(&plain, &room, plain.size + 65536 + 1, err);
		if (ret)
			break;
		out = (ZSTD_outBuffer){ plain.data + plain.size, 65536, 0 };
		more = ZSTD_decompressStream(z, &out, &in);
		plain.size += out.pos;
		if (ZSTD_isError(more) ||
		    (more && in.pos == before && !out.pos))
			ret = vmsa_error_at(err, t->name, "byte", in.pos,
					    -EINVAL, "damaged or cut off: %s",
					    ZSTD_isError(more)
						    ? ZSTD_getErrorName(more)
						    : "the frame is not whole");
	}
	ZSTD_freeDCtx(z);
	free(t->data);
	t->data = plain.data;
	t->size = plain.size;
	return ret;
}

static bool ends_with(const char *s, const char *end)
{
	const size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* The NUL at the end makes it a string for sscanf() and the like. */
int vmsa_text_read(const char *dir, const char *name, struct text *out,
		   struct vmsa_error *err)
{
	struct text t = { 0 };
	size_t room = 0;
	FILE *f;
	int ret;

	if (snprintf(t.name, sizeof(t.name), "%s/%s", dir, name) >=
	    (int)sizeof(t.name))
		return vmsa_error_at(err, t.name, NULL, 0, -ENAMETOOLONG, "%s",
				     strerror(ENAMETOOLONG));
	f = fopen(t.name, "rb");
	if (!f) {
		ret = -errno;
		return vmsa_error_at(err, t.name, NULL, 0, ret, "%s",
				     strerror(-ret));
	}
	ret = read_plain(f, &t, &room, err);
	fclose(f);
	if (!ret && ends_with(name, ".zst"))
		ret = decompress(&t, err);
	if (ret) {
		free(t.data);
		return ret;
	}
	t.data[t.size] = '\0';
	*out = t;
	return 0;
}

/* The newline becomes the line's end; the last line may lack it. */
char *vmsa_text_line(char **at)
{
	char *line = *at, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	if (end) {
		*end = '\0';
		*at = end + 1;
	} else {
		*at = line + strlen(line);
	}
	return line;
}
