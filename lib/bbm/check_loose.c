/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_loose.c - the hash of tables that no live table points to
 */
#include "bbm/check.h"

#include <errno.h>
#include <stdlib.h>

#define NO_TABLE UINT64_MAX

static size_t home(const struct vmsa_checker *c, vmsa_pa pa)
{
	return (pa >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 32 &
	       (c->room_loose - 1);
}

struct loose *vmsa_check_loose(const struct vmsa_checker *c, vmsa_pa pa)
{
	if (!c->nr_loose)
		return NULL;
	for (size_t i = home(c, pa); c->loose[i].pa != NO_TABLE;
	     i = (i + 1) & (c->room_loose - 1)) {
		if (c->loose[i].pa == pa)
			return &c->loose[i];
	}
	return NULL;
}

static struct loose *put(struct vmsa_checker *c, const struct loose *t)
{
	size_t i = home(c, t->pa);

	while (c->loose[i].pa != NO_TABLE)
		i = (i + 1) & (c->room_loose - 1);
	c->loose[i] = *t;
	return &c->loose[i];
}

static int grow(struct vmsa_checker *c)
{
	struct loose *old = c->loose;
	const size_t n = c->room_loose, room = n ? 2 * n : 64;
	struct loose *loose = malloc(room * sizeof(*loose));

	if (!loose)
		return -ENOMEM;
	for (size_t i = 0; i < room; i++)
		loose[i].pa = NO_TABLE;
	c->loose = loose;
	c->room_loose = room;
	for (size_t i = 0; i < n; i++) {
		if (old[i].pa != NO_TABLE)
			put(c, &old[i]);
	}
	free(old);
	return 0;
}

struct loose *vmsa_check_add_loose(struct vmsa_checker *c,
				   const struct loose *t)
{
	struct loose *known = vmsa_check_loose(c, t->pa);

	if (known) {
		*known = *t;
		return known;
	}
	if (2 * c->nr_loose >= c->room_loose && grow(c)) {
		vmsa_check_lose(c, -ENOMEM);
		return NULL;
	}
	c->nr_loose++;
	return put(c, t);
}

void vmsa_check_drop_loose(struct vmsa_checker *c, struct loose *t)
{
	const size_t mask = c->room_loose - 1;
	size_t hole = (size_t)(t - c->loose);

	c->nr_loose--;
	for (size_t i = (hole + 1) & mask; c->loose[i].pa != NO_TABLE;
	     i = (i + 1) & mask) {
		if (((i - home(c, c->loose[i].pa)) & mask) >=
		    ((i - hole) & mask)) {
			c->loose[hole] = c->loose[i];
			hole = i;
		}
	}
	c->loose[hole].pa = NO_TABLE;
}
