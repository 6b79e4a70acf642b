/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * compare.c - a recorded linear map against one of ours, leaf for leaf
 *
 * Two lists in the same order, merged: entry by entry in principle, runs at a
 * time where both have the same.  Leaves have to be equal in all 64 bits.
 * Of tables the attributes count, not where they lie.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "grow.h"
#include "linux/recorded/recorded.h"

/* Walks over runs entry by entry: a line, and how many of it are behind. */
struct cursor {
	const struct dump_line *lines;
	size_t n, at;  /* lines; the one it stands at */
	uint32_t done; /* entries of that one behind it */
};

/* Our map, written down as a dump would be. */
struct lines {
	struct dump_line *v;
	size_t n, room;
};

/* One comparison. */
struct compare {
	const struct vmsa_linux *l;    /* ours */
	const struct vmsa_geometry *g; /* of both */
	const struct vmsa_verify *how; /* where differences go */
	struct vmsa_verdict *v;        /* the counts */
	unsigned shown;                /* differences printed */
};

/*
 * A table that reaches beyond the linear map's end belongs to the image's
 * half: with 52 bits PAGE_END lies inside an entry of the root.
 */
static bool is_linear(const struct compare *c, const struct dump_line *d)
{
	const struct vmsa_linux_layout *at = &c->l->layout;
	const uint64_t span =
		d->kind == 'T' ? vmsa_level_span(c->g, d->level) : 1;

	return d->va >= at->linear_start && d->va < at->page_end &&
	       span <= at->page_end - d->va;
}

/* A visitor that appends. */
static int collect(void *arg, const struct vmsa_entry *e)
{
	struct lines *l = arg;
	struct dump_line *v = vmsa_grown(l->v, l->n, &l->room, sizeof(*v));

	if (!v)
		return -ENOMEM;
	l->v = v;
	l->v[l->n++] = (struct dump_line){
		.va = e->va,
		.desc = e->desc,
		.count = e->count,
		.level = e->level,
		.kind = vmsa_dump_letter(e->type),
	};
	return 0;
}

/* Lines of image, vmalloc and the rest are not compared. */
static void skip_others(const struct compare *c, struct cursor *k)
{
	while (k->at < k->n && !is_linear(c, &k->lines[k->at]))
		k->at++;
}

/* The entry a cursor stands at; false at the end. */
static bool entry(const struct compare *c, struct cursor *k,
		  struct dump_line *out)
{
	uint64_t span;

	skip_others(c, k);
	if (k->at == k->n)
		return false;
	*out = k->lines[k->at];
	span = vmsa_level_span(c->g, out->level);
	out->va += k->done * span;
	out->desc += k->done * span;
	out->count -= k->done;
	return true;
}

/* Leave @n entries behind, at most to the end of the line. */
static void advance(struct cursor *k, uint32_t n)
{
	k->done += n;
	if (k->done == k->lines[k->at].count) {
		k->at++;
		k->done = 0;
	}
}

/* Which comes first in a depth-first listing? */
static bool precedes(const struct dump_line *a, const struct dump_line *b)
{
	return a->va < b->va || (a->va == b->va && a->level < b->level);
}

/* @n entries differ: @theirs or @ours is NULL where only one has them. */
static void differ(struct compare *c, const struct dump_line *theirs,
		   const struct dump_line *ours, uint32_t n)
{
	const struct dump_line *d = theirs ? theirs : ours;

	c->v->differences += n;
	if (!c->how->differences || c->shown++ >= c->how->max_shown)
		return;
	fprintf(c->how->differences, "  %016" PRIx64 " level %d: kernel ",
		d->va, d->level);
	if (theirs)
		fprintf(c->how->differences, "%c %016" PRIx64, theirs->kind,
			theirs->desc);
	else
		fputs("nothing", c->how->differences);
	if (ours)
		fprintf(c->how->differences, ", ours %c %016" PRIx64,
			ours->kind, ours->desc);
	else
		fputs(", ours nothing", c->how->differences);
	if (n > 1)
		fprintf(c->how->differences, ", and %" PRIu32 " like it",
			n - 1);
	fputc('\n', c->how->differences);
}

/* Tables are alike if all but their addresses are: attributes count. */
static bool is_alike(const struct compare *c, const struct dump_line *a,
		     const struct dump_line *b)
{
	const uint64_t ignored = a->kind == 'T' ? vmsa_oa_mask(c->g) : 0;

	return a->kind == b->kind && !((a->desc ^ b->desc) & ~ignored);
}

/*
 * The merge.  What one list has and the other has not is stepped over singly,
 * since the next entry may be in both.
 */
static void compare_entries(struct compare *c, struct cursor *k,
			    struct cursor *o)
{
	struct dump_line a, b;
	bool has_a = entry(c, k, &a), has_b = entry(c, o, &b);

	while (has_a || has_b) {
		uint32_t n = 1;

		if (has_a && (!has_b || precedes(&a, &b))) {
			differ(c, &a, NULL, 1);
			advance(k, 1);
		} else if (!has_a || precedes(&b, &a)) {
			differ(c, NULL, &b, 1);
			advance(o, 1);
		} else {
			n = a.count < b.count ? a.count : b.count;
			if (!is_alike(c, &a, &b))
				differ(c, &a, &b, n);
			if (a.kind == 'T')
				c->v->tables += n;
			else
				c->v->leaves += n;
			advance(k, n);
			advance(o, n);
		}
		has_a = entry(c, k, &a);
		has_b = entry(c, o, &b);
	}
}

/* What the header says about the kernel's own variables. */
static void compare_state(struct compare *c, const struct stage *s)
{
	const struct vmsa_linux *l = c->l;
	const vmsa_pa pool = l->kfence_pool;
	const struct {
		const char *name;
		uint64_t theirs, ours;
	} words[] = {
		{ "memstart_addr", s->memstart, l->layout.memstart },
		{ "__kfence_pool", s->kfence_pool,
		  pool == VMSA_NO_PA ? 0 : vmsa_linux_va(l, pool) },
		{ "rodata_full", s->rodata_full, l->policy.rodata_full },
		{ "rodata_enabled", s->rodata_enabled,
		  l->policy.rodata_enabled },
		{ "arm64_use_ng_mappings", s->use_ng, l->policy.use_ng },
		{ "requires_bbm", s->requires_bbm, l->policy.requires_bbm },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (words[i].theirs == VMSA_NOT_SAID ||
		    words[i].theirs == words[i].ours)
			continue;
		c->v->differences++;
		if (c->how->differences && c->shown++ < c->how->max_shown)
			fprintf(c->how->differences,
				"  %s: kernel 0x%" PRIx64 ", ours 0x%" PRIx64
				"\n",
				words[i].name, words[i].theirs, words[i].ours);
	}
}

int vmsa_stage_compare(const struct stage *s, const struct vmsa_linux *l,
		       const struct vmsa_verify *how, struct vmsa_verdict *v)
{
	struct compare c = {
		.l = l, .g = vmsa_space_geometry(l->space), .how = how, .v = v
	};
	struct lines ours = { 0 };
	struct cursor k = { .lines = s->lines, .n = s->nr_lines }, o = { 0 };
	int ret;

	compare_state(&c, s);
	ret = vmsa_visit(l->space, l->layout.linear_start,
			 l->layout.page_end - 1, VMSA_VISIT_TABLES, collect,
			 &ours);
	if (!ret) {
		o = (struct cursor){ .lines = ours.v, .n = ours.n };
		compare_entries(&c, &k, &o);
	}
	free(ours.v);
	return ret;
}
