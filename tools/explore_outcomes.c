/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_outcomes.c - what accesses may get, neighbours told together
 *
 * The explorer tells all points of one address and observer, then of the next
 * observer, then of the next address.
 */
#include "explore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sheet.h"

/* --- collecting ---------------------------------------------------------- */

/* A place more in an array that doubles; NULL if memory ran out. */
static void *grown(void *v, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return v;
	v = realloc(v, (*room ? 2 * *room : 64) * size);
	if (v)
		*room = *room ? 2 * *room : 64;
	return v;
}

static struct outcome_range *last_range(const struct outcomes *all)
{
	return &all->range[all->ranges - 1];
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Translations first, those of larger leaves before those of smaller ones. */
static int compare_outcomes(const struct vmsa_outcome *a,
			    const struct vmsa_outcome *b)
{
	int order = compare_numbers(a->kind, b->kind);

	if (!order)
		order = a->level - b->level;
	if (!order)
		order = compare_numbers(a->pa, b->pa);
	return order ? order : compare_numbers(a->attr, b->attr);
}

static int compare_rows(const void *a, const void *b)
{
	const struct outcome_row *x = a, *y = b;

	return compare_outcomes(&x->o, &y->o);
}

/* The same outcome at two addresses: outputs move with the address. */
static bool is_same_row(const struct outcome_row *a,
			const struct outcome_row *b, uint64_t distance)
{
	struct vmsa_outcome moved = a->o;

	if (moved.kind == VMSA_OUTCOME_OUTPUT)
		moved.pa += distance;
	return !compare_outcomes(&moved, &b->o) && a->ever == b->ever &&
	       a->at_end == b->at_end;
}

/* An address is complete: does it only continue the range before it? */
static void close_address(struct outcomes *all)
{
	struct outcome_range *now = last_range(all), *before = now - 1;

	qsort(&all->row[now->row], now->nr, sizeof(*all->row), compare_rows);
	if (all->ranges < 2 || before->nr != now->nr)
		return;
	for (size_t i = 0; i < now->nr; i++) {
		if (!is_same_row(&all->row[before->row + i],
				 &all->row[now->row + i],
				 now->first - before->first))
			return;
	}
	before->last = now->last;
	before->count++;
	all->rows = now->row;
	all->ranges--;
}

static int open_address(struct outcomes *all, vmsa_va va)
{
	struct outcome_range *v;

	v = grown(all->range, all->ranges, &all->range_room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	all->range = v;
	v[all->ranges++] = (struct outcome_range){
		.first = va, .last = va, .count = 1, .row = all->rows
	};
	return 0;
}

/* The row of an outcome of the address at hand, new if need be. */
static struct outcome_row *find_row(struct outcomes *all,
				    const struct vmsa_outcome *o)
{
	struct outcome_range *range = last_range(all);
	struct outcome_row *v;

	for (size_t i = range->row; i < all->rows; i++) {
		if (!compare_outcomes(&all->row[i].o, o))
			return &all->row[i];
	}
	v = grown(all->row, all->rows, &all->row_room, sizeof(*v));
	if (!v)
		return NULL;
	all->row = v;
	v[all->rows] = (struct outcome_row){ .o = *o };
	range->nr++;
	return &v[all->rows++];
}

int outcomes_see(void *arg, const struct vmsa_outcomes *at)
{
	struct outcomes *all = arg;
	int ret = 0;

	if (all->ranges && last_range(all)->last != at->va)
		close_address(all);
	if (!all->ranges || last_range(all)->last != at->va)
		ret = open_address(all, at->va);
	if (ret)
		return ret;
	for (size_t i = 0; i < at->count; i++) {
		struct outcome_row *row = find_row(all, &at->o[i]);

		if (!row)
			return -ENOMEM;
		row->ever |= at->observer;
		if (at->ended)
			row->at_end |= at->observer;
	}
	return 0;
}

void outcomes_end(struct outcomes *all)
{
	if (all->ranges)
		close_address(all);
}

void outcomes_free(struct outcomes *all)
{
	free(all->row);
	free(all->range);
}

/* --- printing ------------------------------------------------------------ */

static const char *const kind_names[] = {
	[VMSA_OUTCOME_OUTPUT] = "leaf",
	[VMSA_OUTCOME_FAULT] = "translation fault",
	[VMSA_OUTCOME_ACCESS_FLAG] = "Access flag fault",
	[VMSA_OUTCOME_CONFLICT] = "TLB conflict abort",
	[VMSA_OUTCOME_UNPREDICTABLE] = "any mixture",
	[VMSA_OUTCOME_UNFILLED] = "an unfilled table's contents",
	[VMSA_OUTCOME_FREED] = "a freed table's contents",
};

static bool has_level(const struct vmsa_outcome *o)
{
	return o->kind <= VMSA_OUTCOME_ACCESS_FLAG;
}

/* "at the end" is worse than "on the way": it stays. */
static const char *when_text(const struct outcome_row *row,
			     enum vmsa_observer who)
{
	if (row->at_end & who)
		return "at the end";
	return row->ever & who ? "on the way" : "";
}

static void print_row(struct sheet *s, const struct outcome_row *row)
{
	const struct vmsa_outcome *o = &row->o;

	if (has_level(o))
		sheet_cell(s, "level %d %s", o->level, kind_names[o->kind]);
	else
		sheet_cell(s, "%s", kind_names[o->kind]);
	if (o->kind == VMSA_OUTCOME_OUTPUT) {
		sheet_cell(s, "0x%" PRIx64, o->pa);
		sheet_cell(s, "%s 0x%" PRIx64,
			   o->attr & VMSA_LEAF_AP2 ? "ro" : "RW", o->attr);
	} else {
		sheet_cell(s, "%s", "");
		sheet_cell(s, "%s", "");
	}
	sheet_cell(s, "%s", when_text(row, VMSA_OBSERVER_OTHER));
	sheet_cell(s, "%s", when_text(row, VMSA_OBSERVER_SELF));
}

/* Its addresses stand once, beside its first outcome. */
static void print_range(struct sheet *s, const struct outcomes *all,
			const struct outcome_range *range)
{
	char text[NUMBER_TEXT];

	for (size_t i = 0; i < range->nr; i++) {
		if (i) {
			sheet_cell(s, "%s", "");
			sheet_cell(s, "%s", "");
			sheet_cell(s, "%s", "");
		} else {
			sheet_cell(s, "0x%" PRIx64, range->first);
			sheet_cell(s, "0x%" PRIx64, range->last);
			sheet_cell(s, "%s", count_text(range->count, text));
		}
		print_row(s, &all->row[range->row + i]);
	}
}

void outcomes_print(const struct outcomes *all, FILE *out)
{
	static const char *const heads[] = {
		"<from",       "<to",        "probed",      "<may get", "<PA",
		"<attributes", "<other PEs", "<the editor", NULL
	};
	struct sheet s;

	if (!all->ranges)
		return;
	sheet_open(&s, heads);
	for (size_t i = 0; i < all->ranges; i++)
		print_range(&s, all, &all->range[i]);
	sheet_close(&s, out);
}

static void write_row(struct doc *d, const struct outcome_row *row)
{
	const char *when = when_text(row, VMSA_OBSERVER_OTHER);

	doc_object(d, NULL);
	doc_text(d, "outcome", kind_names[row->o.kind]);
	if (has_level(&row->o))
		doc_count(d, "level", row->o.level);
	if (row->o.kind == VMSA_OUTCOME_OUTPUT) {
		doc_hex(d, "pa", row->o.pa);
		doc_hex(d, "attributes", row->o.attr);
	}
	doc_text(d, "others", *when ? when : NULL);
	when = when_text(row, VMSA_OBSERVER_SELF);
	doc_text(d, "editor", *when ? when : NULL);
	doc_end(d);
}

void outcomes_write(const struct outcomes *all, struct doc *d)
{
	doc_array(d, "addresses");
	for (size_t i = 0; i < all->ranges; i++) {
		const struct outcome_range *range = &all->range[i];

		doc_object(d, NULL);
		doc_hex(d, "from", range->first);
		doc_hex(d, "to", range->last);
		doc_count(d, "probed", (int64_t)range->count);
		doc_array(d, "outcomes");
		for (size_t r = 0; r < range->nr; r++)
			write_row(d, &all->row[range->row + r]);
		doc_end(d);
		doc_end(d);
	}
	doc_end(d);
}
