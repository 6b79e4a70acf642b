/* SPDX-License-Identifier: BSD-2-Clause */
#define _XOPEN_SOURCE 700
#include "support/zst.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

/* The longest text of a case is far below this. */
#define MAX_TEXT ((size_t)64 << 20)

char *file_read(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	char *data;

	if (!f)
		fail_msg("cannot open %s", path);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*size = (size_t)st.st_size;
	data = malloc(*size + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, *size, f), *size);
	data[*size] = '\0';
	fclose(f);
	return data;
}

void file_write(const char *path, const void *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		fail_msg("cannot write %s", path);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

/* Frames need not say how large they are, so grow until it fits. */
char *zst_read(const char *path)
{
	size_t packed_size, room = 1 << 20, n;
	char *packed = file_read(path, &packed_size), *text;

	for (;; room *= 4) {
		text = malloc(room + 1);
		assert_non_null(text);
		n = ZSTD_decompress(text, room, packed, packed_size);
		if (!ZSTD_isError(n))
			break;
		free(text);
		if (room > MAX_TEXT)
			fail_msg("%s: %s", path, ZSTD_getErrorName(n));
	}
	free(packed);
	text[n] = '\0';
	return text;
}

void zst_write(const char *path, const char *text, size_t size)
{
	const size_t room = ZSTD_compressBound(size);
	char *packed = malloc(room);
	size_t n;

	assert_non_null(packed);
	n = ZSTD_compress(packed, room, text, size, 1);
	assert_false(ZSTD_isError(n));
	file_write(path, packed, n);
	free(packed);
}

char *next_line(char **at)
{
	char *line = *at, *end;

	if (!*line)
		return NULL;
	end = strchr(line, '\n');
	*at = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	return line;
}

bool ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);

	return n >= m && !strcmp(text + n - m, end);
}

const char *oracle(const char *below)
{
	static char paths[4][1024];
	static unsigned next;
	char *path = paths[next++ % 4];
	const char *root = getenv("VMSA_SOURCE_ROOT");

	if (!root)
		fail_msg("VMSA_SOURCE_ROOT is not set; run through meson test");
	snprintf(path, sizeof(paths[0]), "%s/tests/oracle/%s", root, below);
	return path;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

char (*list_dir(const char *path, const char *prefix, size_t *n))[256]
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	char(*names)[256] = NULL;

	*n = 0;
	if (!dir)
		fail_msg("cannot list %s", path);
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.' ||
		    strncmp(d->d_name, prefix, strlen(prefix)))
			continue;
		names = realloc(names, (*n + 1) * sizeof(*names));
		assert_non_null(names);
		snprintf(names[(*n)++], sizeof(*names), "%s", d->d_name);
	}
	closedir(dir);
	if (names)
		qsort(names, *n, sizeof(*names), by_name);
	return names;
}

void scratch_dir(char *out, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(out, size, "%s/vmsa-test-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(out));
}

static int drop_one(const char *path, const struct stat *st, int flag,
		    struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void scratch_drop(const char *path)
{
	assert_int_equal(nftw(path, drop_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void copy_dir(const char *from, const char *to)
{
	size_t n, size;
	char(*names)[256] = list_dir(from, "", &n);

	assert_int_equal(mkdir(to, 0777), 0);
	for (size_t i = 0; i < n; i++) {
		char path[2048];
		char *data;

		snprintf(path, sizeof(path), "%s/%s", from, names[i]);
		data = file_read(path, &size);
		snprintf(path, sizeof(path), "%s/%s", to, names[i]);
		file_write(path, data, size);
		free(data);
	}
	free(names);
}
