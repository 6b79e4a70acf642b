/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump.c - one stage's tables: read them, store them
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "linux/recorded/recorded.h"

/* Words of the header that mean something here. */
static const struct {
	const char *word;
	size_t offset;
} header[] = {
	{ "kernel_pa", offsetof(struct stage, kernel_pa) },
	{ "memstart_addr", offsetof(struct stage, memstart) },
	{ "__kfence_pool", offsetof(struct stage, kfence_pool) },
	{ "root_pa", offsetof(struct stage, root_pa) },
	{ "ID_AA64MMFR0_EL1", offsetof(struct stage, mmfr0) },
	{ "ID_AA64MMFR2_EL1", offsetof(struct stage, mmfr2) },
	{ "rodata_full", offsetof(struct stage, rodata_full) },
	{ "rodata_enabled", offsetof(struct stage, rodata_enabled) },
	{ "arm64_use_ng_mappings", offsetof(struct stage, use_ng) },
	{ "linear_map_requires_bbml2", offsetof(struct stage, requires_bbm) },
	{ "linear_map_requires_bbml3", offsetof(struct stage, requires_bbm) },
};

#define NR_WORDS (sizeof(header) / sizeof(header[0]))

static void read_header(char *line, struct stage *s)
{
	char *save, *word = strtok_r(line, " #", &save), *value;

	for (; word; word = value) {
		value = strtok_r(NULL, " ", &save);
		for (size_t i = 0; value && i < NR_WORDS; i++) {
			if (!strcmp(header[i].word, word))
				*(uint64_t *)((char *)s + header[i].offset) =
					strtoull(value, NULL, 0);
		}
	}
}

static bool read_line(const char *text, struct dump_line *l)
{
	int level;

	l->count = 1;
	if (sscanf(text, "%c %" SCNx64 " %d %" SCNx64 " *%" SCNu32, &l->kind,
		   &l->va, &level, &l->desc, &l->count) < 4)
		return false;
	l->level = (int8_t)level;
	return strchr("TBPI", l->kind) && level >= VMSA_MIN_LEVEL &&
	       level <= VMSA_MAX_LEVEL && l->count;
}

static int add_line(struct stage *s, size_t *room, struct dump_line line)
{
	if (s->nr_lines == *room) {
		const size_t more = *room ? 2 * *room : 1024;
		struct dump_line *v = realloc(s->lines, more * sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->lines = v;
		*room = more;
	}
	s->lines[s->nr_lines++] = line;
	return 0;
}

static int read_lines(struct text *t, struct stage *s, struct vmsa_error *err)
{
	char *at = t->data, *text;
	size_t room = 0, number = 0;

	while ((text = vmsa_text_line(&at))) {
		struct dump_line line;
		int ret;

		number++;
		if (text[0] == '#') {
			read_header(text, s);
			continue;
		}
		if (!read_line(text, &line))
			return vmsa_error_at(err, t->name, "line", number,
					     -EINVAL,
					     "not KIND VA LEVEL DESCRIPTOR");
		ret = add_line(s, &room, line);
		if (ret)
			return ret;
	}
	return 0;
}

int vmsa_stage_read(const struct vmsa_case *c, size_t stage, struct stage *out,
		    struct vmsa_error *err)
{
	struct stage s = { 0 };
	struct text t;
	char file[80];
	int ret;

	snprintf(file, sizeof(file), "%s.pt.zst", c->stages[stage]);
	ret = vmsa_text_read(c->dir, file, &t, err);
	if (ret)
		return ret;
	for (size_t i = 0; i < NR_WORDS; i++)
		*(uint64_t *)((char *)&s + header[i].offset) = VMSA_NOT_SAID;
	snprintf(s.name, sizeof(s.name), "%s", c->stages[stage]);
	ret = read_lines(&t, &s, err);
	free(t.data);
	if (ret)
		free(s.lines);
	else
		*out = s;
	return ret;
}

static int bad_line(const struct stage *s, size_t i, struct vmsa_error *err)
{
	return vmsa_error_at(err, s->name, NULL, 0, -EINVAL,
			     "the entry of 0x%" PRIx64
			     " at level %d belongs to "
			     "no table above it",
			     s->lines[i].va, s->lines[i].level);
}

/* Depth first: the last table seen at each level is the one lines go to. */
int vmsa_stage_load(const struct stage *s, struct vmsa_linux *l,
		    struct vmsa_error *err)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	struct vmsa_table tables[VMSA_LEVELS + 1] = { 0 };

	if (s->kfence_pool != VMSA_NOT_SAID && s->kfence_pool)
		l->kfence_pool = vmsa_linux_pa(l, s->kfence_pool);
	vmsa_table_root(l->space, &tables[VMSA_LEVEL_SLOT(g->start_level)]);
	for (size_t i = 0; i < s->nr_lines; i++) {
		const struct dump_line *line = &s->lines[i];
		const unsigned slot = (unsigned)VMSA_LEVEL_SLOT(line->level);
		const unsigned index =
			vmsa_level_index(g, line->level, line->va);
		int ret;

		if (!tables[slot].entries ||
		    index + line->count > vmsa_level_entries(g, line->level))
			return bad_line(s, i, err);
		vmsa_table_set_run(l->space, &tables[slot], index, line->count,
				   line->va, line->desc,
				   vmsa_level_span(g, line->level));
		if (line->kind != 'T')
			continue;
		ret = vmsa_memory_reserve(
			l->memory,
			(struct vmsa_range){ vmsa_desc_oa(g, line->desc),
					     vmsa_granule(g) });
		if (!ret)
			ret = vmsa_table_child(l->space, line->level,
					       line->desc, &tables[slot + 1]);
		if (ret)
			return ret == -EFAULT ? bad_line(s, i, err) : ret;
	}
	return 0;
}
