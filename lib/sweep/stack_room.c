/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stack_room.c - a stack's memory: numbers given anew, a larger table, the
 * heap of empty places
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "stack_impl.h"

/* A small stack's numbers; each of up to MAX_ROOM has 32 bits. */
#define MIN_ROOM  (UINT32_C(1) << 12)
#define MAX_ROOM  (UINT32_C(1) << 31)
#define MIN_TABLE 10
#define MAX_TABLE 31
#define MIN_HEAP  64
#define HUGE_PAGE ((size_t)2 << 20)
#define AHEAD     32

static uint32_t table_size(const struct vmsa_stack *s)
{
	return UINT32_C(1) << (64 - s->hash_shift);
}

/* --- numbers -------------------------------------------------------------- */

/* Pack what is taken, oldest first, from 0 on; empty places stay empty. */
static void pack(struct vmsa_stack *s)
{
	uint32_t to = 0;

	s->nr_empty = 0;
	for (uint32_t from = 0; from < s->next; from++) {
		uint32_t ahead = from + AHEAD, owner = s->owner[from];

		if (ahead < s->next && s->owner[ahead] != VMSA_STACK_NOBODY)
			__builtin_prefetch(&s->entry[s->owner[ahead]], 1);
		if (!(s->bit[from / 64] >> from % 64 & 1))
			continue;
		if (owner == VMSA_STACK_NOBODY)
			s->empty[s->nr_empty++] = to;
		else
			s->entry[owner].at = to;
		s->owner[to++] = owner;
	}
	/* Turned round, an ascending list is a heap with the largest first. */
	for (uint32_t i = 0; i < s->nr_empty / 2; i++) {
		uint32_t low = s->empty[i];

		s->empty[i] = s->empty[s->nr_empty - 1 - i];
		s->empty[s->nr_empty - 1 - i] = low;
	}
	s->next = to;
}

/* The bits and counts of numbers 0 .. next - 1, all taken. */
static void count_packed(struct vmsa_stack *s)
{
	const uint32_t blocks = s->room / VMSA_STACK_BLOCK;
	const uint32_t full = s->next / VMSA_STACK_BLOCK;

	memset(s->bit, 0, s->room / 8);
	memset(s->bit, 0xff, s->next / 64 * 8);
	if (s->next % 64)
		s->bit[s->next / 64] = (UINT64_C(1) << s->next % 64) - 1;
	memset(s->tree, 0, (blocks + 1) * sizeof(*s->tree));
	for (uint32_t i = 1; i <= blocks; i++) {
		const uint32_t up = i + (i & -i);

		s->tree[i] += i <= full ? VMSA_STACK_BLOCK : 0;
		if (up <= blocks)
			s->tree[up] += s->tree[i];
	}
	s->open = s->next % VMSA_STACK_BLOCK;
}

static int make_room(struct vmsa_stack *s, uint32_t room)
{
	const uint32_t blocks = room / VMSA_STACK_BLOCK;
	void *bit, *owner, *tree;

	if (room > MAX_ROOM)
		return -ENOMEM;
	bit = realloc(s->bit, room / 8);
	s->bit = bit ? bit : s->bit;
	owner = realloc(s->owner, room * sizeof(*s->owner));
	s->owner = owner ? owner : s->owner;
	tree = realloc(s->tree, (blocks + 1) * sizeof(*s->tree));
	s->tree = tree ? tree : s->tree;
	if (!bit || !owner || !tree)
		return -ENOMEM;
	s->room = room;
	return 0;
}

/* Numbers have run out, or there are none yet. */
static int renumber(struct vmsa_stack *s)
{
	uint32_t room = s->room ? s->room : MIN_ROOM;
	int err = 0;

	while (room < MAX_ROOM && room / 4 < s->places)
		room *= 2;
	if (s->places == MAX_ROOM)
		return -ENOMEM;
	if (room > s->room)
		err = make_room(s, room);
	if (err)
		return err;
	pack(s);
	count_packed(s);
	return 0;
}

/* --- the table ------------------------------------------------------------ */

/*
 * A zeroed table of 2^@bits entries.  One that is searched all over wants huge
 * pages: else most probes miss the host's own TLB.
 */
static struct vmsa_stack_entry *new_table(unsigned bits)
{
	const size_t size = sizeof(struct vmsa_stack_entry) << bits;
	void *table;

	if (size < HUGE_PAGE)
		return calloc(1, size);
	table = aligned_alloc(HUGE_PAGE, size);
	if (!table)
		return NULL;
#ifdef MADV_HUGEPAGE
	madvise(table, size, MADV_HUGEPAGE);
#endif
	return memset(table, 0, size);
}

/* A larger table, or one without the keys that are not on the stack. */
static int rehash(struct vmsa_stack *s)
{
	const uint32_t old = s->entry ? table_size(s) : 0;
	struct vmsa_stack_entry *from = s->entry;
	unsigned bits = MIN_TABLE;

	while (UINT64_C(1) << bits < UINT64_C(4) * s->keys)
		bits++;
	if (bits > MAX_TABLE)
		return -ENOMEM;
	s->entry = new_table(bits);
	if (!s->entry) {
		s->entry = from;
		return -ENOMEM;
	}
	s->hash_shift = 64 - bits;
	s->most = UINT32_C(1) << (bits - 1);
	s->used = s->keys;
	for (uint32_t i = 0; i < old; i++) {
		uint32_t to;

		if (!from[i].key || from[i].at == VMSA_STACK_NOWHERE)
			continue;
		to = vmsa_stack_probe(s, from[i].key);
		s->entry[to] = from[i];
		s->owner[from[i].at] = to;
	}
	free(from);
	return 0;
}

int vmsa_stack_reserve(struct vmsa_stack *s)
{
	int err = 0;

	if (s->used >= s->most)
		err = rehash(s);
	if (!err && s->next == s->room)
		err = renumber(s);
	return err;
}

/* --- empty places --------------------------------------------------------- */

int vmsa_stack_set_empty(struct vmsa_stack *s, uint32_t at)
{
	uint32_t i = s->nr_empty;

	if (i == s->room_empty) {
		uint32_t room = i ? 2 * i : MIN_HEAP;
		void *more = realloc(s->empty, room * sizeof(*s->empty));

		if (!more)
			return -ENOMEM;
		s->empty = more;
		s->room_empty = room;
	}
	s->owner[at] = VMSA_STACK_NOBODY;
	for (; i && s->empty[(i - 1) / 2] < at; i = (i - 1) / 2)
		s->empty[i] = s->empty[(i - 1) / 2];
	s->empty[i] = at;
	s->nr_empty++;
	return 0;
}

uint32_t vmsa_stack_fill_topmost(struct vmsa_stack *s)
{
	const uint32_t topmost = s->empty[0], n = --s->nr_empty;
	const uint32_t last = s->empty[n];
	uint32_t i = 0;

	for (uint32_t child = 1; child < n; child = 2 * i + 1) {
		if (child + 1 < n && s->empty[child + 1] > s->empty[child])
			child++;
		if (s->empty[child] <= last)
			break;
		s->empty[i] = s->empty[child];
		i = child;
	}
	s->empty[i] = last;
	return topmost;
}
