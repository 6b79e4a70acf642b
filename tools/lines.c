/* SPDX-License-Identifier: BSD-2-Clause */
#include "lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "say.h"

/* Bytes of a page-table text that is still believable. */
#define MAX_TEXT (UINT64_C(256) << 20)

/* How far apart texts may drift before they are taken to meet no more. */
#define MAX_DRIFT 400

/* The file as it is; NUL-terminated, NULL after a complaint. */
static char *read_bytes(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	char *text = NULL;
	size_t used = 0, room = 0, n;

	if (!in) {
		complain("%s: %s", path, strerror(errno));
		return NULL;
	}
	do {
		char *more = realloc(text, room += 1 << 20);

		if (!more)
			break;
		text = more;
		n = fread(text + used, 1, room - used - 1, in);
		used += n;
	} while (n && used < MAX_TEXT);
	if (ferror(in) || !text || used >= MAX_TEXT) {
		complain("%s: %s", path,
			 ferror(in) ? strerror(errno) : "too large a text");
		free(text);
		text = NULL;
	} else {
		text[used] = '\0';
	}
	fclose(in);
	*size = used;
	return text;
}

/* What is in a zstd frame, NUL-terminated; false after a complaint. */
static bool inflate(const char *path, ZSTD_inBuffer in, FILE *out)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	static const char *const damaged = "the compressed text is cut short";
	char piece[1 << 14];
	size_t left = 1, total = 0;

	while (z && left && total < MAX_TEXT) {
		ZSTD_outBuffer to = { piece, sizeof(piece), 0 };

		left = ZSTD_decompressStream(z, &to, &in);
		if (ZSTD_isError(left) ||
		    (left && !to.pos && in.pos == in.size))
			break;
		fwrite(piece, 1, to.pos, out);
		total += to.pos;
	}
	ZSTD_freeDStream(z);
	if (left)
		complain("%s: %s", path,
			 ZSTD_isError(left) ? ZSTD_getErrorName(left)
					    : damaged);
	return !left;
}

/* Replace a zstd frame by what is in it; anything else stays. */
static char *unpack(const char *path, char *bytes, size_t size)
{
	const ZSTD_inBuffer in = { bytes, size, 0 };
	char *text = NULL;
	size_t n;
	FILE *out;
	bool good;

	if (ZSTD_getFrameContentSize(bytes, size) == ZSTD_CONTENTSIZE_ERROR)
		return bytes;
	out = open_memstream(&text, &n);
	good = out && inflate(path, in, out);
	if (out && fclose(out))
		good = false;
	free(bytes);
	if (good)
		return text;
	free(text);
	return NULL;
}

/* Takes @text over. */
static int split(char *text, struct lines *out)
{
	size_t n = 1;
	char **v, *at = text;

	for (const char *c = text; *c; c++)
		n += *c == '\n';
	v = malloc(n * sizeof(*v));
	if (!v) {
		free(text);
		return complain("out of memory");
	}
	for (n = 0; *at; n++) {
		char *end = strchr(at, '\n');

		v[n] = at;
		at = end ? end + 1 : at + strlen(at);
		if (end)
			*end = '\0';
	}
	*out = (struct lines){ .text = text, .v = v, .n = n };
	return EXIT_DONE;
}

int lines_read(const char *path, struct lines *out)
{
	size_t size;
	char *text = read_bytes(path, &size);

	if (text)
		text = unpack(path, text, size);
	return text ? split(text, out) : EXIT_BAD;
}

int lines_split(const char *text, struct lines *out)
{
	char *copy = strdup(text);

	return copy ? split(copy, out) : complain("out of memory");
}

void lines_keep(struct lines *l, size_t from, size_t to)
{
	l->n = to - from;
	l->first += from;
	memmove(l->v, l->v + from, l->n * sizeof(*l->v));
}

void lines_free(struct lines *l)
{
	free(l->text);
	free(l->v);
	*l = (struct lines){ 0 };
}

/* Two texts, how far each was read, and where differences go. */
struct reading {
	const struct lines *a, *b;
	size_t i, j;   /* the next line of each */
	uint64_t left; /* lines that may still be printed */
	FILE *out;
};

/* The nearest place where both agree again: skip *x lines of a, *y of b. */
static void resync(const struct reading *r, size_t *x, size_t *y)
{
	for (size_t sum = 1; sum <= MAX_DRIFT; sum++) {
		for (size_t k = 0; k <= sum; k++) {
			const size_t p = r->i + k, q = r->j + sum - k;

			if (p < r->a->n && q < r->b->n &&
			    !strcmp(r->a->v[p], r->b->v[q])) {
				*x = k;
				*y = sum - k;
				return;
			}
		}
	}
	*x = r->a->n - r->i;
	*y = r->b->n - r->j;
}

/* Print @n lines of @l from the @i-th on. */
static void show(struct reading *r, char sign, const struct lines *l, size_t i,
		 size_t n)
{
	for (; r->out && n && r->left; n--, i++, r->left--)
		fprintf(r->out, "%c %zu: %s\n", sign, l->first + i + 1,
			l->v[i]);
}

uint64_t lines_compare(const struct lines *a, const struct lines *b,
		       uint64_t max, FILE *out)
{
	struct reading r = { .a = a, .b = b, .left = max, .out = out };
	uint64_t differences = 0;
	size_t x, y;

	while (r.i < a->n || r.j < b->n) {
		if (r.i < a->n && r.j < b->n && !strcmp(a->v[r.i], b->v[r.j])) {
			r.i++;
			r.j++;
			continue;
		}
		resync(&r, &x, &y);
		show(&r, '-', a, r.i, x);
		show(&r, '+', b, r.j, y);
		differences += x + y;
		r.i += x;
		r.j += y;
	}
	return differences;
}
