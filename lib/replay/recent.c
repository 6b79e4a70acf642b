/* SPDX-License-Identifier: BSD-2-Clause */
#include "recent.h"

_Static_assert(VMSA_RECENT_MAX >= VMSA_TRACE_MAX_FILTER, "all can be pinned");
_Static_assert(VMSA_RECENT_MAX < VMSA_RECENT_NONE, "indices and the end");

void vmsa_recent_init(struct vmsa_recent *r, bool finds, unsigned room)
{
	memset(r, 0, sizeof(*r));
	r->finds = finds;
	r->room = (uint8_t)room;
	memset(r->head, VMSA_RECENT_NONE, sizeof(r->head));
	for (unsigned i = 0; i <= VMSA_RECENT_MAX; i++)
		r->older[i] = r->younger[i] = (uint8_t)i;
	while (room-- > 0)
		r->spare[r->nr_spare++] = (uint8_t)room;
}

void vmsa_recent_drop(struct vmsa_recent *r, uint8_t at)
{
	uint8_t *link = &r->head[vmsa_recent_hash(r->key[at])];

	while (*link != at)
		link = &r->chain[*link];
	*link = r->chain[at];
	vmsa_recent_leave(r, at);
	r->spare[r->nr_spare++] = at;
}

uint8_t vmsa_recent_add(struct vmsa_recent *r, uint64_t key)
{
	uint8_t *head = &r->head[vmsa_recent_hash(key)];
	uint8_t at = r->spare[--r->nr_spare];

	r->key[at] = key;
	r->pins[at] = 0;
	r->chain[at] = *head;
	*head = at;
	return at;
}
