/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_set.c - the sets that stale translations are kept in
 *
 * Records are kept by level and address, so that they outlive the table they
 * came from.  A set holds those of one table's reach; the hash finds it.
 */
#include "bbm/check.h"

#include <errno.h>
#include <stdlib.h>

/* --- keys ---------------------------------------------------------------- */

/* number of the set | layer | context */
#define CONTEXT_BITS 16
#define LAYER_BITS   4

/* TLBs compare no address bit above 55. */
#define ADDRESS_BITS 56

static int level_of_layer(unsigned layer)
{
	return (int)(layer % VMSA_LEVELS) + VMSA_MIN_LEVEL;
}

static unsigned set_shift(const struct context *x, int level)
{
	return vmsa_level_shift(&x->t.geometry, level) +
	       vmsa_geometry_stride(&x->t.geometry);
}

/* Levels above the root are asked for as well: one set would cover it all. */
static uint64_t number_of(const struct context *x, unsigned layer, vmsa_va va)
{
	const unsigned shift = set_shift(x, level_of_layer(layer));

	return shift < ADDRESS_BITS
		       ? (va & VMSA_BITS(ADDRESS_BITS - 1, 0)) >> shift
		       : 0;
}

static uint64_t make_key(const struct context *x, unsigned layer,
			 uint64_t number)
{
	return number << (CONTEXT_BITS + LAYER_BITS) |
	       (uint64_t)layer << CONTEXT_BITS | x->id;
}

static unsigned layer_of(const struct stale_set *s)
{
	return (unsigned)(s->key >> CONTEXT_BITS) & ((1u << LAYER_BITS) - 1);
}

int vmsa_check_set_level(const struct stale_set *s)
{
	return level_of_layer(layer_of(s));
}

bool vmsa_check_set_is_tables(const struct stale_set *s)
{
	return layer_of(s) >= VMSA_LEVELS;
}

struct context *vmsa_check_set_context(const struct vmsa_checker *c,
				       const struct stale_set *s)
{
	return c->contexts[s->key & VMSA_BITS(CONTEXT_BITS - 1, 0)];
}

vmsa_va vmsa_check_set_va(const struct vmsa_checker *c,
			  const struct stale_set *s)
{
	const unsigned unused = 64 - ADDRESS_BITS;
	const uint64_t va =
		s->key >> (CONTEXT_BITS + LAYER_BITS)
				  << set_shift(vmsa_check_set_context(c, s),
					       vmsa_check_set_level(s));

	return (vmsa_va)((int64_t)(va << unused) >> unused);
}

unsigned vmsa_check_index(const struct context *x, int level, vmsa_va va)
{
	const unsigned stride = vmsa_geometry_stride(&x->t.geometry);

	return (unsigned)(va >> vmsa_level_shift(&x->t.geometry, level)) &
	       ((1u << stride) - 1);
}

/* --- the hash ------------------------------------------------------------ */

static uint32_t home(const struct vmsa_checker *c, uint64_t key)
{
	return (uint32_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
	       (c->nr_slots - 1);
}

static void put_slot(struct vmsa_checker *c, uint64_t key, uint32_t number)
{
	uint32_t i = home(c, key);

	while (c->slots[i])
		i = (i + 1) & (c->nr_slots - 1);
	c->slots[i] = number + 1;
}

static int grow_slots(struct vmsa_checker *c)
{
	const uint32_t n = c->nr_slots ? 2 * c->nr_slots : 64;
	uint32_t *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	free(c->slots);
	c->slots = slots;
	c->nr_slots = n;
	for (uint32_t i = 0; i < c->nr_live; i++)
		put_slot(c, check_set(c, c->live_sets[i])->key,
			 c->live_sets[i]);
	return 0;
}

/* Linear probing: what follows a hole moves back if it may. */
static void remove_slot(struct vmsa_checker *c, uint64_t key)
{
	const uint32_t mask = c->nr_slots - 1;
	uint32_t hole = home(c, key);

	while (check_set(c, c->slots[hole] - 1)->key != key)
		hole = (hole + 1) & mask;
	for (uint32_t i = (hole + 1) & mask; c->slots[i]; i = (i + 1) & mask) {
		const uint32_t h = home(c, check_set(c, c->slots[i] - 1)->key);

		if (((i - h) & mask) >= ((i - hole) & mask)) {
			c->slots[hole] = c->slots[i];
			hole = i;
		}
	}
	c->slots[hole] = 0;
}

static struct stale_set *find_key(const struct vmsa_checker *c, uint64_t key)
{
	if (!c->nr_live)
		return NULL;
	for (uint32_t i = home(c, key); c->slots[i];
	     i = (i + 1) & (c->nr_slots - 1)) {
		struct stale_set *s = check_set(c, c->slots[i] - 1);

		if (s->key == key)
			return s;
	}
	return NULL;
}

struct stale_set *vmsa_check_find_set(const struct vmsa_checker *c,
				      const struct context *x, unsigned layer,
				      vmsa_va va)
{
	if (!x->sets[layer])
		return NULL;
	return find_key(c, make_key(x, layer, number_of(x, layer, va)));
}

/* --- sets ---------------------------------------------------------------- */

static int grow_sets(struct vmsa_checker *c)
{
	const uint32_t room = c->room_sets + CHUNK_SETS;
	const size_t nr_chunks = room / CHUNK_SETS;
	struct stale_set **chunks =
		realloc(c->chunks, nr_chunks * sizeof(struct stale_set *));
	uint32_t *lists;

	if (!chunks)
		return -ENOMEM;
	c->chunks = chunks;
	lists = realloc(c->live_sets, room * sizeof(*lists));
	if (!lists)
		return -ENOMEM;
	c->live_sets = lists;
	lists = realloc(c->free_sets, room * sizeof(*lists));
	if (!lists)
		return -ENOMEM;
	c->free_sets = lists;
	chunks[nr_chunks - 1] = calloc(CHUNK_SETS, sizeof(struct stale_set));
	if (!chunks[nr_chunks - 1])
		return -ENOMEM;
	c->room_sets = room;
	return 0;
}

static int take_number(struct vmsa_checker *c, uint32_t *out)
{
	if (c->nr_free) {
		*out = c->free_sets[--c->nr_free];
		return 0;
	}
	if (c->nr_sets == c->room_sets && grow_sets(c))
		return -ENOMEM;
	*out = c->nr_sets++;
	return 0;
}

struct stale_set *vmsa_check_make_set(struct vmsa_checker *c, struct context *x,
				      unsigned layer, vmsa_va va)
{
	struct stale_set *s;
	uint32_t number;

	if (2 * c->nr_live >= c->nr_slots && grow_slots(c))
		return NULL;
	if (take_number(c, &number))
		return NULL;
	s = check_set(c, number);
	s->key = make_key(x, layer, number_of(x, layer, va));
	s->touched = 0;
	s->live = c->nr_live;
	s->n = 0;
	s->room = SET_FEW;
	s->pending = false;
	put_slot(c, s->key, number);
	c->live_sets[c->nr_live++] = number;
	x->sets[layer]++;
	return s;
}

void vmsa_check_drop_set(struct vmsa_checker *c, struct stale_set *s)
{
	const uint32_t number = c->live_sets[s->live];
	const uint32_t moved = c->live_sets[--c->nr_live];
	struct context *x = vmsa_check_set_context(c, s);

	remove_slot(c, s->key);
	c->live_sets[s->live] = moved;
	check_set(c, moved)->live = s->live;
	x->sets[layer_of(s)]--;
	if (s->room > SET_FEW)
		free(s->more);
	s->room = SET_FEW;
	s->n = 0;
	s->gen++;
	c->free_sets[c->nr_free++] = number;
}

void vmsa_check_free_sets(struct vmsa_checker *c)
{
	for (uint32_t i = 0; i < c->nr_live; i++) {
		struct stale_set *s = check_set(c, c->live_sets[i]);

		if (s->room > SET_FEW)
			free(s->more);
	}
	for (uint32_t i = 0; i < c->room_sets / CHUNK_SETS; i++)
		free(c->chunks[i]);
	free(c->chunks);
	free(c->live_sets);
	free(c->free_sets);
	free(c->slots);
}

void vmsa_check_each_set(const struct vmsa_checker *c, const struct context *x,
			 const struct reach *reach, vmsa_stale_fn fn, void *arg)
{
	const uint64_t first = number_of(x, reach->layer, reach->first);
	const uint64_t last = number_of(x, reach->layer, reach->last);

	if (!x->sets[reach->layer] || last < first)
		return;
	if (last - first < c->nr_live) {
		for (uint64_t n = first; n <= last; n++) {
			struct stale_set *s =
				find_key(c, make_key(x, reach->layer, n));

			if (s)
				fn(arg, s);
		}
		return;
	}
	for (uint32_t i = 0; i < c->nr_live; i++) {
		struct stale_set *s = check_set(c, c->live_sets[i]);
		const uint64_t n = s->key >> (CONTEXT_BITS + LAYER_BITS);

		if (n >= first && n <= last &&
		    s->key == make_key(x, reach->layer, n))
			fn(arg, s);
	}
}

/* --- lists of sets ------------------------------------------------------- */

struct stale_set *vmsa_check_listed(const struct vmsa_checker *c,
				    struct set_ref ref)
{
	struct stale_set *s = check_set(c, ref.set);

	return s->gen == ref.gen ? s : NULL;
}

void vmsa_check_list(struct vmsa_checker *c, struct set_list *list,
		     const struct stale_set *s)
{
	if (list->n == list->room) {
		const size_t room = list->room ? 2 * list->room : 16;
		struct set_ref *grown =
			realloc(list->ref, room * sizeof(*grown));

		if (!grown) {
			vmsa_check_lose(c, -ENOMEM);
			return;
		}
		list->ref = grown;
		list->room = room;
	}
	list->ref[list->n++] =
		(struct set_ref){ c->live_sets[s->live], s->gen };
}

/* Forget sets that are gone: the list is to stay as short as they are few. */
static void tidy_touched(struct vmsa_checker *c)
{
	struct set_list *list = &c->touched;
	unsigned op = 0;
	size_t kept = 0;

	for (size_t i = 0; i < list->n; i++) {
		for (; op < c->nr_operations && c->operations[op].touched <= i;
		     op++)
			c->operations[op].touched = kept;
		if (vmsa_check_listed(c, list->ref[i]))
			list->ref[kept++] = list->ref[i];
	}
	for (; op < c->nr_operations; op++)
		c->operations[op].touched = kept;
	list->n = kept;
}

void vmsa_check_touch(struct vmsa_checker *c, struct stale_set *s)
{
	if (!c->nr_operations ||
	    s->touched >= c->operations[c->nr_operations - 1].begun)
		return;
	s->touched = c->now;
	if (c->touched.n > 2 * (size_t)c->nr_live * MAX_OPERATIONS + 64)
		tidy_touched(c);
	vmsa_check_list(c, &c->touched, s);
}
