/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ops.c - the calls a kernel made while it booted
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "linux/recorded/recorded.h"

void vmsa_call_log_add(void *log, const struct vmsa_linux_map *map)
{
	struct call_log *l = log;

	if (l->n == l->room) {
		const size_t room = l->room ? 2 * l->room : 16;
		struct vmsa_linux_map *v = realloc(l->v, room * sizeof(*v));

		if (!v) {
			l->failed = true;
			return;
		}
		l->v = v;
		l->room = room;
	}
	l->v[l->n++] = *map;
}

static bool parse_map(const char *line, struct vmsa_linux_map *out)
{
	unsigned long long pa, va, size, prot;
	unsigned flags;

	if (sscanf(line, "map phys=%llx va=%llx size=%llx prot=%llx flags=%x",
		   &pa, &va, &size, &prot, &flags) != 5)
		return false;
	*out = (struct vmsa_linux_map){ pa, va, size, prot, flags };
	return true;
}

int vmsa_boot_calls_read(const struct vmsa_case *c, const struct vmsa_linux *l,
			 struct call_log *out, struct vmsa_error *err)
{
	const struct vmsa_linux_layout *at = &l->layout;
	struct text t;
	char *next, *line;
	size_t number = 0;
	int ret;

	ret = vmsa_text_read(c->dir, "boot-ops.txt.zst", &t, err);
	if (ret)
		return ret;
	next = t.data;
	while (!ret && (line = vmsa_text_line(&next))) {
		struct vmsa_linux_map map;

		number++;
		if (!strncmp(line, "# DUMP", 6))
			break;
		if (strncmp(line, "map ", 4))
			continue;
		if (!parse_map(line, &map))
			ret = vmsa_error_at(err, t.name, "line", number,
					    -EINVAL, "not a map call: %s",
					    line);
		/* The first calls map the device tree in the fixmap. */
		else if (map.va >= at->linear_start && map.va < at->page_end)
			vmsa_call_log_add(out, &map);
	}
	free(t.data);
	return ret ? ret : out->failed ? -ENOMEM : 0;
}
