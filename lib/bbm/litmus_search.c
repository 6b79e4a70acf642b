/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_search.c - every state of a litmus test, each once
 *
 * Breadth first, so the first run that answers the question is a shortest one.
 * States are kept packed, one behind the other; a hash table finds equals.
 */
#include "bbm/litmus_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_NODE UINT32_MAX

/* A state that was seen: where its bytes are, and how it was reached. */
struct seen {
	uint64_t offset;
	uint32_t size;
	uint32_t parent;
	uint32_t hash;
};

struct store_of_states {
	struct seen *node;
	uint32_t nr, room;
	uint8_t *bytes;
	uint64_t used, bytes_room;
	uint32_t *slot; /* open addressing; NO_NODE where empty */
	uint32_t slots; /* a power of two */
};

/* --- packing ------------------------------------------------------------- */

struct cursor {
	uint8_t *at;
	bool writing;
};

/* Write a field, or read it back: one function, so they cannot differ. */
static void move_field(struct cursor *c, void *field, size_t size)
{
	if (c->writing)
		memcpy(c->at, field, size);
	else
		memcpy(field, c->at, size);
	c->at += size;
}

static void move_pe(struct cursor *c, const struct thread *t, struct pe *p)
{
	move_field(c, &p->pc, 1);
	move_field(c, &p->el, 1);
	move_field(c, &p->context, 1);
	move_field(c, &p->next_context, 1);
	move_field(c, &p->nr_buffer, 1);
	move_field(c, &p->nr_pending, 1);
	for (unsigned i = 0; i < p->nr_buffer; i++) {
		move_field(c, &p->buffer[i].loc, 1);
		move_field(c, &p->buffer[i].value, 4);
	}
	move_field(c, p->pending, p->nr_pending * sizeof(p->pending[0]));
	move_field(c, p->reg, t->nr_regs * sizeof(p->reg[0]));
	move_field(c, &p->held, sizeof(p->held));
	move_field(c, p->early, t->nr_accesses * sizeof(p->early[0]));
}

/* Pack into, or unpack from, at most sizeof(struct state) bytes. */
static size_t move_state(struct cursor c, const struct test *test,
			 struct state *st)
{
	const uint8_t *start = c.at;

	move_field(&c, st->memory, test->nr_locs * sizeof(st->memory[0]));
	for (unsigned i = 0; i < test->nr_threads; i++)
		move_pe(&c, &test->thread[i], &st->pe[i]);
	return (size_t)(c.at - start);
}

/* FNV-1a, folded: the low bits pick the slot, all are compared first. */
static uint32_t hash_bytes(const uint8_t *bytes, size_t size)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 32);
}

/* --- the states seen ----------------------------------------------------- */

static bool grow_bytes(struct store_of_states *all)
{
	const uint64_t room = all->bytes_room ? 2 * all->bytes_room : 1 << 16;
	uint8_t *grown = realloc(all->bytes, room);

	if (!grown)
		return false;
	all->bytes = grown;
	all->bytes_room = room;
	return true;
}

/* Where a state is, or would be; with NULL @bytes, the first free slot. */
static uint32_t *find_slot(const struct store_of_states *all, uint32_t hash,
			   const uint8_t *bytes, size_t size)
{
	for (uint32_t i = hash;; i++) {
		uint32_t *slot = &all->slot[i & (all->slots - 1)];
		const struct seen *node;

		if (*slot == NO_NODE)
			return slot;
		node = &all->node[*slot];
		if (bytes && node->hash == hash && node->size == size &&
		    !memcmp(all->bytes + node->offset, bytes, size))
			return slot;
	}
}

/* Twice the nodes, at a quarter full; slots are filled anew. */
static bool grow_nodes(struct store_of_states *all)
{
	const uint32_t room = all->room ? 2 * all->room : 256;
	struct seen *node = realloc(all->node, room * sizeof(*node));
	uint32_t *slot = malloc(4 * (size_t)room * sizeof(*slot));

	if (node)
		all->node = node;
	if (!node || !slot) {
		free(slot);
		return false;
	}
	free(all->slot);
	all->slot = slot;
	all->room = room;
	all->slots = 4 * room;
	memset(slot, 0xff, all->slots * sizeof(*slot));
	for (uint32_t i = 0; i < all->nr; i++)
		*find_slot(all, node[i].hash, NULL, 0) = i;
	return true;
}

/* Keep a state unless it is known; -ENOMEM. */
static int keep(struct store_of_states *all, const struct test *test,
		struct state *st, uint32_t parent)
{
	uint32_t *slot, hash;
	size_t size;

	/*
	 * Packed where it would stay; a state that is known is packed over by
	 * the next.
	 */
	if ((all->nr == all->room && !grow_nodes(all)) ||
	    (all->bytes_room - all->used < sizeof(*st) && !grow_bytes(all)))
		return -ENOMEM;
	size = move_state((struct cursor){ all->bytes + all->used, true }, test,
			  st);
	hash = hash_bytes(all->bytes + all->used, size);
	slot = find_slot(all, hash, all->bytes + all->used, size);
	if (*slot != NO_NODE)
		return 0;
	*slot = all->nr;
	all->node[all->nr++] =
		(struct seen){ all->used, (uint32_t)size, parent, hash };
	all->used += size;
	return 0;
}

static void recall(const struct store_of_states *all, const struct test *test,
		   uint32_t node, struct state *st)
{
	memset(st, 0, sizeof(*st));
	move_state((struct cursor){ all->bytes + all->node[node].offset,
				    false },
		   test, st);
}

/* --- before the search --------------------------------------------------- */

/* Which VAs are still to be accessed; a handler counts as reachable. */
static void find_future(struct search *s, unsigned pe)
{
	const struct thread *t = &s->test->thread[pe];
	uint16_t vas = 0;

	for (unsigned i = t->nr_events; i-- > 0;) {
		const struct event *e = &t->event[i];

		if (e->kind == EV_LOAD || e->kind == EV_STORE)
			vas |= (uint16_t)(1u << e->va);
		s->future[pe][i] = vas;
		if (e->kind == EV_STORE && e->data != NONE)
			s->regs_read[pe] |= (uint16_t)(1u << e->data);
	}
}

/* Contexts of a PE that share a tag and have different tables. */
static void find_shared(struct search *s, unsigned pe)
{
	const struct thread *t = &s->test->thread[pe];

	for (unsigned i = 0; i < t->nr_contexts; i++) {
		for (unsigned j = 0; j < t->nr_contexts; j++) {
			const struct context *a = &t->context[i];
			const struct context *b = &t->context[j];

			if (a->el2 == b->el2 && a->asid == b->asid &&
			    a->vmid == b->vmid &&
			    (a->s1 != b->s1 || a->s2 != b->s2))
				s->shared_tag[pe][i] = true;
		}
	}
}

static void prepare(struct search *s)
{
	const struct test *test = s->test;

	for (unsigned pe = 0; pe < test->nr_threads; pe++) {
		find_future(s, pe);
		find_shared(s, pe);
	}
	for (unsigned i = 0; i < test->nr_nodes; i++) {
		const struct node *n = &test->node[i];

		if (n->kind == NODE_REG)
			s->regs_read[n->pe] |= (uint16_t)(1u << n->left);
	}
}

/* --- searching ----------------------------------------------------------- */

/*
 * A run ends when every PE has ended and every store is in memory; TLBIs that
 * nobody waits for any more make no difference.
 */
static bool is_final(const struct search *s, const struct state *st)
{
	for (unsigned pe = 0; pe < s->test->nr_threads; pe++) {
		if (!vmsa_litmus_is_done(s, st, pe) || st->pe[pe].nr_buffer)
			return false;
	}
	return true;
}

/* Every successor of one state; -ENOMEM. */
static int expand(struct search *s, struct store_of_states *all, uint32_t node)
{
	struct move moves[MAX_MOVES];
	struct state from, st;
	unsigned n;

	recall(all, s->test, node, &from);
	n = vmsa_litmus_moves(s, &from, moves);
	for (unsigned i = 0; i < n; i++) {
		st = from;
		vmsa_litmus_apply(s, &st, moves[i]);
		if (keep(all, s->test, &st, node))
			return -ENOMEM;
	}
	return 0;
}

/*
 * The node that answers the question; NO_NODE if none does.  Nodes are visited
 * in the order they were found, so @out is one of the nearest.
 */
static int find_answer(struct search *s, struct store_of_states *all,
		       uint32_t *out)
{
	const uint64_t max = s->options->max_states ? s->options->max_states
						    : VMSA_LITMUS_MAX_STATES;
	struct state st;
	int rc;

	vmsa_litmus_start(s, &st);
	rc = keep(all, s->test, &st, NO_NODE);
	for (*out = 0; !rc && *out < all->nr; (*out)++) {
		recall(all, s->test, *out, &st);
		if (is_final(s, &st)) {
			if (vmsa_litmus_holds(s->test, &st))
				return 0;
			continue;
		}
		rc = expand(s, all, *out);
		if (all->nr > max)
			s->bound = "more states than allowed";
		if (all->used > VMSA_LITMUS_MAX_BYTES)
			s->bound = "more memory than allowed";
		if (s->bound)
			break;
	}
	*out = NO_NODE;
	return rc;
}

static bool is_node(const struct store_of_states *all, const struct test *test,
		    struct state *st, uint32_t node)
{
	uint8_t bytes[sizeof(*st)];
	const size_t size =
		move_state((struct cursor){ bytes, true }, test, st);

	return size == all->node[node].size &&
	       !memcmp(bytes, all->bytes + all->node[node].offset, size);
}

/* Repeat the step from one state to the next, telling it. */
static void tell_step(struct search *s, const struct store_of_states *all,
		      uint32_t node)
{
	const uint32_t parent = all->node[node].parent;
	struct state from, st;
	struct move moves[MAX_MOVES];
	unsigned n;

	if (parent == NO_NODE) {
		s->log = s->options->story;
		vmsa_litmus_start(s, &st);
		s->log = NULL;
		return;
	}
	recall(all, s->test, parent, &from);
	n = vmsa_litmus_moves(s, &from, moves);
	for (unsigned i = 0; i < n; i++) {
		st = from;
		vmsa_litmus_apply(s, &st, moves[i]);
		if (!is_node(all, s->test, &st, node))
			continue;
		s->log = s->options->story;
		st = from;
		vmsa_litmus_apply(s, &st, moves[i]);
		s->log = NULL;
		return;
	}
}

/* From the start to @node, first step first. */
static int tell_story(struct search *s, const struct store_of_states *all,
		      uint32_t node)
{
	uint32_t steps = 0, *path;

	for (uint32_t i = node; i != NO_NODE; i = all->node[i].parent)
		steps++;
	path = malloc(steps * sizeof(*path));
	if (!path)
		return -ENOMEM;
	for (uint32_t i = steps; i-- > 0; node = all->node[node].parent)
		path[i] = node;
	for (uint32_t i = 0; i < steps; i++)
		tell_step(s, all, path[i]);
	free(path);
	return ferror(s->options->story) ? -EIO : 0;
}

/*
 * A bound that was hit while the answer was found already is no matter: one
 * run is enough for "allowed".
 */
int vmsa_litmus_search(const struct test *test,
		       const struct vmsa_litmus_options *options,
		       unsigned mistakes, struct vmsa_litmus_result *out)
{
	struct store_of_states all = { .node = NULL };
	struct search *s = calloc(1, sizeof(*s));
	uint32_t answer = NO_NODE;
	int rc = s ? 0 : -ENOMEM;

	if (!rc) {
		s->test = test;
		s->options = options;
		s->mistakes = mistakes;
		prepare(s);
		rc = find_answer(s, &all, &answer);
	}
	if (!rc && answer != NO_NODE && options->story)
		rc = tell_story(s, &all, answer);
	if (!rc) {
		*out = (struct vmsa_litmus_result){ .why = s->bound,
						    .states = all.nr };
		if (answer != NO_NODE)
			out->verdict = VMSA_LITMUS_ALLOWED;
		else if (s->bound)
			out->verdict = VMSA_LITMUS_BOUND_HIT;
		else
			out->verdict = VMSA_LITMUS_FORBIDDEN;
	}
	free(all.node);
	free(all.bytes);
	free(all.slot);
	free(s);
	return rc;
}
