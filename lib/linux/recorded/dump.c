/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump.c - one stage's tables: read them, store them
 *
 *     # WORD VALUE WORD VALUE ...              the header, any order
 *     KIND VA LEVEL DESCRIPTOR [*N]            depth first
 *
 * Storing puts each descriptor where the kernel had it, tables at their own
 * physical addresses, so a loaded system continues as the recorded one would.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "grow.h"
#include "linux/recorded/recorded.h"

/* Words of the header that mean something here; others are for people. */
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

/* Pairs of words and values; cuts the line up. */
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

/* One run of entries; is it one at all? */
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

/* Append a line; *room is how many there is room for. */
static int add_line(struct stage *s, size_t *room, struct dump_line line)
{
	struct dump_line *v =
		vmsa_grown(s->lines, s->nr_lines, room, sizeof(*v));

	if (!v)
		return -ENOMEM;
	s->lines = v;
	s->lines[s->nr_lines++] = line;
	return 0;
}

/* Header and entries.  Lines end the text at a NUL, so one inside is told. */
static int read_lines(struct text *t, struct stage *s, struct vmsa_error *err)
{
	char *at = t->data, *text;
	uint32_t number = 0;
	size_t room = 0;

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
		line.number = number;
		ret = add_line(s, &room, line);
		if (ret)
			return ret;
	}
	if (at != t->data + t->size)
		return vmsa_error_at(err, t->name, "line", number + 1, -EINVAL,
				     "a NUL byte in a text");
	return 0;
}

/*
 * Words nothing can be compared without.  Others may be missing: older kernels
 * do not have the variable.
 */
static int check_header(const struct stage *s, struct vmsa_error *err)
{
	const struct {
		const char *name;
		uint64_t value;
	} needed[] = {
		{ "kernel_pa", s->kernel_pa },
		{ "ID_AA64MMFR0_EL1", s->mmfr0 },
		{ "ID_AA64MMFR2_EL1", s->mmfr2 },
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (needed[i].value == VMSA_NOT_SAID)
			return vmsa_error_at(err, s->file, NULL, 0, -EINVAL,
					     "the header has no %s",
					     needed[i].name);
	}
	return 0;
}

/* Every word starts as "not said"; what was read before an error goes. */
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
	memcpy(s.file, t.name, sizeof(s.file));
	ret = read_lines(&t, &s, err);
	if (!ret)
		ret = check_header(&s, err);
	free(t.data);
	if (ret)
		free(s.lines);
	else
		*out = s;
	return ret;
}

/* The error for a line that fits no table. */
static int bad_line(const struct stage *s, const struct dump_line *d,
		    const char *what, struct vmsa_error *err)
{
	return vmsa_error_at(err, s->file, "line", d->number, -EINVAL,
			     "the entry of 0x%" PRIx64 " at level %d %s", d->va,
			     d->level, what);
}

/* The table whose entries a level's lines are, and the VAs it translates. */
struct reached {
	struct vmsa_table table;
	vmsa_va va;
};

/* Why a line cannot be an entry of the table it should be in, or NULL. */
static const char *fault_of_line(const struct vmsa_geometry *g,
				 const struct reached *in,
				 const struct dump_line *d)
{
	const unsigned above = d->level == g->start_level
				       ? g->va_bits
				       : vmsa_level_shift(g, d->level - 1);
	const unsigned index = vmsa_level_index(g, d->level, d->va);

	if (!in->table.entries || (d->va ^ in->va) >> above)
		return "belongs to no table above it";
	if (d->va & (vmsa_level_span(g, d->level) - 1))
		return "is not where an entry starts";
	if (d->count > vmsa_level_entries(g, d->level) - index ||
	    (d->kind == 'T' && d->count > 1))
		return "is repeated too often";
	if (vmsa_dump_letter(vmsa_desc_type(g, d->level, d->desc)) != d->kind)
		return "is not what its letter says";
	return NULL;
}

/*
 * Lines below a table descriptor go to the table it points to, which the
 * allocator must not hand out again.
 */
static int enter_table(struct vmsa_linux *l, const struct dump_line *d,
		       struct reached *child)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	int ret;

	ret = vmsa_memory_reserve(l->memory,
				  (struct vmsa_range){ vmsa_desc_oa(g, d->desc),
						       vmsa_granule(g) });
	if (!ret)
		ret = vmsa_table_child(l->space, d->level, d->desc,
				       &child->table);
	child->va = d->va;
	return ret;
}

/* Store one run in the table reached last at its level. */
static int load_line(const struct stage *s, const struct dump_line *d,
		     struct vmsa_linux *l, struct reached reached[],
		     struct vmsa_error *err)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(l->space);
	struct reached *in = &reached[VMSA_LEVEL_SLOT(d->level)];
	const char *fault = d->level < g->start_level
				    ? "belongs to no table above it"
				    : fault_of_line(g, in, d);
	int ret = 0;

	if (fault)
		return bad_line(s, d, fault, err);
	vmsa_table_set_run(l->space, &in->table,
			   vmsa_level_index(g, d->level, d->va), d->count,
			   d->va, d->desc, vmsa_level_span(g, d->level));
	if (d->kind == 'T')
		ret = enter_table(l, d, in + 1);
	return ret == -EFAULT ? bad_line(s, d, "points outside memory", err)
			      : ret;
}

/* Depth first: the last table seen at each level is the one lines go to. */
int vmsa_stage_load(const struct stage *s, struct vmsa_linux *l,
		    struct vmsa_error *err)
{
	const int start = vmsa_space_geometry(l->space)->start_level;
	struct reached reached[VMSA_LEVELS] = { 0 };
	int ret = 0;

	if (s->kfence_pool != VMSA_NOT_SAID && s->kfence_pool)
		l->kfence_pool = vmsa_linux_pa(l, s->kfence_pool);
	vmsa_table_root(l->space, &reached[VMSA_LEVEL_SLOT(start)].table);
	reached[VMSA_LEVEL_SLOT(start)].va = vmsa_space_base(l->space);
	for (size_t i = 0; i < s->nr_lines && !ret; i++)
		ret = load_line(s, &s->lines[i], l, reached, err);
	return ret;
}
