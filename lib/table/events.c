/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events.c - what an editor did: counted always, shown if anyone watches
 *
 * Counters are exact either way.  Events cost a call for each observer, so
 * without observers nothing is even filled in; editors ask
 * vmsa_space_is_observed() and may then do many like steps at once, as long as
 * the counters come out the same.
 *
 * Host order.  A simulated barrier is one for the host's streamed stores too:
 * vmsa_space_barrier() settles them.  vmsa_space_count() does not, and between
 * the two calls of vmsa_space_gather() nothing does.
 */
#include "table/space.h"

#include <errno.h>

void vmsa_space_emit(struct vmsa_space *space, struct vmsa_event *event)
{
	event->pe = space->pe;
	for (unsigned i = 0; i < space->nr_observers; i++)
		space->observers[i].fn(space->observers[i].arg, event);
}

/* Observers hear events in the order they signed up. */
static int sign_up(struct vmsa_space *space, struct vmsa_observer observer)
{
	if (space->nr_observers == VMSA_MAX_OBSERVERS)
		return -ENOSPC;
	space->observers[space->nr_observers++] = observer;
	space->nr_single += !observer.runs;
	return 0;
}

int vmsa_space_observe(struct vmsa_space *space, vmsa_event_fn fn, void *arg)
{
	return sign_up(space, (struct vmsa_observer){ fn, arg, false });
}

int vmsa_space_observe_runs(struct vmsa_space *space, vmsa_event_fn fn,
			    void *arg)
{
	return sign_up(space, (struct vmsa_observer){ fn, arg, true });
}

/* Close the gap, so that the others keep their order. */
void vmsa_space_unobserve(struct vmsa_space *space, vmsa_event_fn fn, void *arg)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < space->nr_observers; i++) {
		const struct vmsa_observer o = space->observers[i];

		if (o.fn != fn || o.arg != arg)
			space->observers[kept++] = o;
		else
			space->nr_single -= !o.runs;
	}
	space->nr_observers = kept;
}

void vmsa_space_counters(const struct vmsa_space *space,
			 struct vmsa_counters *out)
{
	*out = space->counters;
}

void vmsa_space_count(struct vmsa_space *space, enum vmsa_barrier barrier,
		      uint64_t n)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_BARRIER,
				.u.barrier = barrier };

	space->counters.barriers[barrier] += n;
	if (!space->nr_observers)
		return;
	while (n--)
		vmsa_space_emit(space, &e);
}

void vmsa_space_gather(struct vmsa_space *space, bool gather)
{
	space->gathers = gather;
}

void vmsa_space_barrier(struct vmsa_space *space, enum vmsa_barrier barrier)
{
	vmsa_space_settle(space);
	vmsa_space_count(space, barrier, 1);
}

bool vmsa_space_is_observed(const struct vmsa_space *space)
{
	return space->nr_observers != 0;
}

void vmsa_space_tlbi(struct vmsa_space *space, struct vmsa_tlbi tlbi)
{
	space->counters.tlbi[tlbi.op]++;
	if (space->nr_observers) {
		struct vmsa_event e = { .kind = VMSA_EVENT_TLBI,
					.u.tlbi = tlbi };

		vmsa_space_emit(space, &e);
	}
}

void vmsa_space_set_pe(struct vmsa_space *space, uint16_t pe)
{
	space->pe = pe;
}

/* Start or end of a named operation: no counter, only an event. */
static void mark(struct vmsa_space *space, enum vmsa_event_kind kind,
		 const char *name)
{
	if (space->nr_observers) {
		struct vmsa_event e = { .kind = kind, .u.name = name };

		vmsa_space_emit(space, &e);
	}
}

void vmsa_space_begin(struct vmsa_space *space, const char *name)
{
	/* Each operation decides anew when it is too large for the cache. */
	space->bulk = 0;
	mark(space, VMSA_EVENT_BEGIN, name);
}

void vmsa_space_end(struct vmsa_space *space, const char *name)
{
	vmsa_space_settle(space);
	mark(space, VMSA_EVENT_END, name);
}
