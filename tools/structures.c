/* SPDX-License-Identifier: BSD-2-Clause */
#include "structures.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sheet.h"

#define AT(member) offsetof(struct vmsa_tlb_config, member)
#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))

/* A structure by its names. */
struct structure {
	const char *key;  /* in JSON */
	const char *name; /* in text */
	size_t at;        /* in struct vmsa_tlb_config */
};

static const struct structure tlbs[] = {
	{ "l1d", "L1 D", AT(l1d) },
	{ "l1i", "L1 I", AT(l1i) },
	{ "l2", "L2", AT(l2) },
	{ "l2i", "L2 I", AT(l2i) },
};

static const struct structure caches[] = {
	{ "walk_cache", "walk cache", AT(walk_cache) },
	{ "walk_cache_l-1", "walk cache L-1", AT(walk_level[0]) },
	{ "walk_cache_l0", "walk cache L0", AT(walk_level[1]) },
	{ "walk_cache_l1", "walk cache L1", AT(walk_level[2]) },
	{ "walk_cache_l2", "walk cache L2", AT(walk_level[3]) },
	{ "ipa_cache", "IPA cache", AT(ipa_cache) },
	{ "s2_walk_cache", "stage 2 walk cache", AT(s2_walk_cache) },
	{ "s2_walk_cache_l-1", "stage 2 walk cache L-1", AT(s2_walk_level[0]) },
	{ "s2_walk_cache_l0", "stage 2 walk cache L0", AT(s2_walk_level[1]) },
	{ "s2_walk_cache_l1", "stage 2 walk cache L1", AT(s2_walk_level[2]) },
	{ "s2_walk_cache_l2", "stage 2 walk cache L2", AT(s2_walk_level[3]) },
	{ "lines", "descriptor lines", AT(lines) },
};

static const struct {
	const char *key, *name;
} replacements[VMSA_TLB_NR_REPLACEMENTS] = {
	[VMSA_TLB_LRU] = { "lru", "LRU" },
	[VMSA_TLB_TREE_PLRU] = { "tree-plru", "tree PLRU" },
	[VMSA_TLB_FIFO] = { "fifo", "FIFO" },
	[VMSA_TLB_NRU] = { "not-recently-used", "not recently used" },
	[VMSA_TLB_RANDOM] = { "random", "random" },
};

static const struct vmsa_tlb_array *array_of(const struct structure *s,
					     const struct vmsa_tlb_config *tlb)
{
	return (const void *)((const char *)tlb + s->at);
}

/* --- text ---------------------------------------------------------------- */

/* Items with a comma between, in lines that begin after 12 columns. */
struct items {
	int column; /* 0: the heading is not printed yet */
	const char *heading;
};

#define LINE_START 12
#define LINE_END   80

static void put_item(struct items *out, const char *text)
{
	const int n = (int)strlen(text);

	if (!out->column) {
		out->column = printf("%-*s%s", LINE_START, out->heading, text);
	} else if (out->column + 2 + n < LINE_END) {
		out->column += printf(", %s", text);
	} else {
		printf(",\n%*s%s", LINE_START, "", text);
		out->column = LINE_START + n;
	}
}

static void end_items(const struct items *out)
{
	if (out->column)
		putchar('\n');
}

/* "L2 1280 5-way"; nothing if the structure is absent. */
static void put_array(struct items *out, const char *name,
		      const struct vmsa_tlb_array *a)
{
	char text[64];

	if (!a->entries)
		return;
	if (a->ways == a->entries)
		snprintf(text, sizeof(text), "%s %u fully associative", name,
			 a->entries);
	else
		snprintf(text, sizeof(text), "%s %u %u-way", name, a->entries,
			 a->ways);
	put_item(out, text);
}

/* "holds 4 KiB 2 MiB"; nothing for no sizes. */
static void put_sizes(struct items *out, const char *verb, uint64_t sizes)
{
	char text[64 * NUMBER_TEXT], size[NUMBER_TEXT];
	int n = snprintf(text, sizeof(text), "%s", verb);

	for (unsigned i = 0; i < 64; i++)
		if (sizes >> i & 1)
			n += snprintf(text + n, sizeof(text) - (size_t)n, " %s",
				      size_text(UINT64_C(1) << i, size));
	if (sizes)
		put_item(out, text);
}

/* "L2: tree PLRU, 4 pages an entry"; nothing if there is nothing to say. */
static void print_odd(const char *name, const struct vmsa_tlb_array *a)
{
	char heading[64], text[64];
	struct items out = { .heading = heading };

	if (!a->entries)
		return;
	snprintf(heading, sizeof(heading), "%*s%s: ", LINE_START, "", name);
	if (a->replacement != VMSA_TLB_LRU) {
		snprintf(text, sizeof(text), "%s replacement",
			 replacements[a->replacement].name);
		put_item(&out, text);
	}
	if (a->aggregate) {
		snprintf(text, sizeof(text), "%u pages an entry",
			 1u << a->aggregate);
		put_item(&out, text);
	}
	put_sizes(&out, "holds", a->holds);
	put_sizes(&out, "refuses", a->refuses);
	end_items(&out);
}

/* In one entry of all TLBs, of none, or of those that are named. */
static void print_contiguous(const struct vmsa_tlb_config *tlb)
{
	char heading[64];
	struct items out = { .heading = heading };
	bool all = true, none = true;

	for (size_t i = 0; i < COUNT(tlbs); i++) {
		const struct vmsa_tlb_array *a = array_of(&tlbs[i], tlb);

		all = all && (!a->entries || a->contiguous);
		none = none && (!a->entries || !a->contiguous);
	}
	if (all || none) {
		printf("%*scontiguous groups %s\n", LINE_START, "",
		       none ? "by single entries" : "in one entry");
		return;
	}
	snprintf(heading, sizeof(heading),
		 "%*scontiguous groups in one entry of ", LINE_START, "");
	for (size_t i = 0; i < COUNT(tlbs); i++) {
		const struct vmsa_tlb_array *a = array_of(&tlbs[i], tlb);

		if (a->entries && a->contiguous)
			put_item(&out, tlbs[i].name);
	}
	end_items(&out);
}

/* What a walk does that not every core's does. */
static void print_walks(const struct vmsa_tlb_config *tlb)
{
	char text[64];
	struct items out = { .heading = "" };

	if (tlb->walkers > 1) {
		snprintf(text, sizeof(text), "%u walks at a time",
			 tlb->walkers);
		put_item(&out, text);
	}
	if (tlb->prefetch_next)
		put_item(&out, "the next page is walked for ahead");
	if (tlb->ha)
		put_item(&out, tlb->hd ? "hardware sets Access flag and dirty "
					 "state"
				       : "hardware sets the Access flag");
	end_items(&out);
}

void structures_print(const struct vmsa_tlb_config *tlb)
{
	struct items out = { .heading = "TLBs" };

	for (size_t i = 0; i < COUNT(tlbs); i++)
		put_array(&out,
			  tlbs[i].at == AT(l2) && tlb->l2i.entries
				  ? "L2 D"
				  : tlbs[i].name,
			  array_of(&tlbs[i], tlb));
	end_items(&out);
	print_contiguous(tlb);
	for (size_t i = 0; i < COUNT(tlbs); i++)
		print_odd(tlbs[i].name, array_of(&tlbs[i], tlb));
	out = (struct items){ .heading = "walks" };
	for (size_t i = 0; i < COUNT(caches); i++)
		put_array(&out, caches[i].name, array_of(&caches[i], tlb));
	end_items(&out);
	for (size_t i = 0; i < COUNT(caches); i++)
		print_odd(caches[i].name, array_of(&caches[i], tlb));
	print_walks(tlb);
}

/* --- JSON ---------------------------------------------------------------- */

static void write_sizes(const char *key, uint64_t sizes, struct doc *d)
{
	doc_array(d, key);
	for (unsigned i = 0; i < 63; i++)
		if (sizes >> i & 1)
			doc_count(d, NULL, INT64_C(1) << i);
	doc_end(d);
}

static void write_array(const struct structure *s, bool is_tlb,
			const struct vmsa_tlb_config *tlb, struct doc *d)
{
	const struct vmsa_tlb_array *a = array_of(s, tlb);

	doc_object(d, s->key);
	doc_count(d, "entries", a->entries);
	doc_count(d, "ways", a->ways);
	doc_text(d, "replacement", replacements[a->replacement].key);
	if (is_tlb) {
		doc_bool(d, "contiguous", a->contiguous);
		doc_count(d, "aggregate", INT64_C(1) << a->aggregate);
		write_sizes("holds", a->holds, d);
		write_sizes("refuses", a->refuses, d);
	}
	doc_end(d);
}

void structures_write(const struct vmsa_tlb_config *tlb, struct doc *d)
{
	for (size_t i = 0; i < COUNT(tlbs); i++)
		write_array(&tlbs[i], true, tlb, d);
	for (size_t i = 0; i < COUNT(caches); i++)
		write_array(&caches[i], false, tlb, d);
	doc_count(d, "walkers", tlb->walkers ? tlb->walkers : 1);
	doc_bool(d, "prefetch_next", tlb->prefetch_next);
	doc_bool(d, "ha", tlb->ha);
	doc_bool(d, "hd", tlb->hd);
}
