/* SPDX-License-Identifier: BSD-2-Clause */
#include "data.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How many folders are searched; see data.h. */
#define NR_FOLDERS 5

/* The @i-th folder; false if there is none of that kind here. */
static bool folder(int i, char *out)
{
	static const char *const built[] = { VMSA_BUILD_ROOT, VMSA_SOURCE_ROOT,
					     VMSA_DATA_DIR };
	const char *named = getenv("VMSA_DATA_DIR");
	char self[MAX_PATH_TEXT];
	ssize_t n;
	char *slash;

	switch (i) {
	case 0:
		snprintf(out, MAX_PATH_TEXT, "%s", named ? named : "");
		return named != NULL;
	case 1:
		n = readlink("/proc/self/exe", self, sizeof(self) - 32);
		self[n < 0 ? 0 : n] = '\0';
		slash = strrchr(self, '/');
		if (!slash)
			return false;
		strcpy(slash, "/../share/vmsa");
		strcpy(out, self);
		return true;
	default:
		snprintf(out, MAX_PATH_TEXT, "%s", built[i - 2]);
		return true;
	}
}

bool data_find(const char *kind, const char *name, const char *suffix,
	       char *out)
{
	char dir[MAX_PATH_TEXT];

	if (!*name || strchr(name, '/'))
		return false;
	for (int i = 0; i < NR_FOLDERS; i++) {
		if (!folder(i, dir) ||
		    snprintf(out, MAX_PATH_TEXT, "%s/%s/%s%s", dir, kind, name,
			     suffix) >= MAX_PATH_TEXT)
			continue;
		if (!access(out, R_OK))
			return true;
	}
	return false;
}

/* A folder searched earlier hides what later ones have of that name. */
static bool is_known(const struct data_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (!strcmp(names->v[i], name))
			return true;
	}
	return false;
}

/* Take @name over, or free it. */
static void add(struct data_names *names, char *name)
{
	char **v = NULL;

	if (name && !is_known(names, name))
		v = realloc(names->v, (names->n + 1) * sizeof(*v));
	if (!v) {
		free(name);
		return;
	}
	names->v = v;
	names->v[names->n++] = name;
}

/* Add the names of one folder; that it is missing is no error. */
static void list_folder(const char *path, const char *suffix,
			struct data_names *out)
{
	DIR *dir = opendir(path);
	const size_t tail = strlen(suffix);
	const struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		const size_t n = strlen(e->d_name);

		if (n > tail && !strcmp(e->d_name + n - tail, suffix))
			add(out, strndup(e->d_name, n - tail));
	}
	closedir(dir);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void data_list(const char *kind, const char *suffix, struct data_names *out)
{
	char dir[MAX_PATH_TEXT];
	char path[MAX_PATH_TEXT];

	*out = (struct data_names){ 0 };
	for (int i = 0; i < NR_FOLDERS; i++) {
		if (folder(i, dir) && snprintf(path, sizeof(path), "%s/%s", dir,
					       kind) < MAX_PATH_TEXT)
			list_folder(path, suffix, out);
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_name);
}

void data_names_free(struct data_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct data_names){ 0 };
}

char *data_names_text(const struct data_names *names, char *out)
{
	size_t used = 0;

	snprintf(out, 512, "none");
	for (size_t i = 0; i < names->n && used < 511; i++)
		used += (size_t)snprintf(out + used, 512 - used, "%s%s",
					 i == 0              ? ""
					 : i + 1 == names->n ? " and "
							     : ", ",
					 names->v[i]);
	return out;
}
