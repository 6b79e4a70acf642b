/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.c - the checker: its events, barriers and named operations
 */
#include "bbm/check.h"
#include "bbm/leaf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- lifetime ------------------------------------------------------------ */

int vmsa_checker_create(const struct vmsa_checker_config *config,
			struct vmsa_checker **out)
{
	struct vmsa_checker *c;

	if (config->bbm > 3 || config->bbm_alone > 3 ||
	    config->tlbi_repeat > VMSA_CHECK_MAX_REPEAT)
		return -EINVAL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->config = *config;
	c->bbm = config->bbm;
	*out = c;
	return 0;
}

static void take(struct vmsa_checker *c, struct context *x,
		 const struct vmsa_event *event);

static void observe(void *arg, const struct vmsa_event *event)
{
	struct context *x = arg;

	take(x->checker, x, event);
}

void vmsa_checker_destroy(struct vmsa_checker *checker)
{
	if (!checker)
		return;
	for (unsigned i = 0; i < checker->nr_contexts; i++) {
		struct context *x = checker->contexts[i];

		if (x->space)
			vmsa_space_unobserve(x->space, observe, x);
		free(x);
	}
	vmsa_check_free_sets(checker);
	free(checker->contexts);
	free(checker->pes);
	free(checker->loose);
	free(checker->pending.ref);
	free(checker->touched.ref);
	free(checker->unsettled);
	vmsa_check_free_uses(checker);
	free(checker);
}

static void number_kinds(struct context *x)
{
	for (int level = VMSA_MIN_LEVEL; level <= VMSA_MAX_LEVEL; level++) {
		for (unsigned bits = 0; bits < 4; bits++)
			x->kind[VMSA_LEVEL_SLOT(level)][bits] =
				(uint8_t)vmsa_desc_type(&x->t.geometry, level,
							bits);
	}
}

int vmsa_checker_add(struct vmsa_checker *checker,
		     const struct vmsa_check_tables *tables, unsigned *id)
{
	const unsigned n = checker->nr_contexts;
	struct context **grown;
	struct context *x;

	if (n == UINT16_MAX)
		return -ENOSPC;
	grown = realloc(checker->contexts, (n + 1) * sizeof(struct context *));
	if (!grown)
		return -ENOMEM;
	checker->contexts = grown;
	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->t = *tables;
	x->checker = checker;
	x->id = (uint16_t)n;
	vmsa_bbm_number_types(x->t.mair, x->type);
	number_kinds(x);
	grown[checker->nr_contexts++] = x;
	*id = n;
	return 0;
}

static int read_space(void *arg, vmsa_pa at, vmsa_desc *out)
{
	return vmsa_memory_read(arg, at, out);
}

int vmsa_checker_watch(struct vmsa_checker *checker, struct vmsa_space *space,
		       unsigned *id)
{
	const struct vmsa_check_tables tables = {
		.geometry = *vmsa_space_geometry(space),
		.root = vmsa_space_root(space),
		.asid = VMSA_CHECK_ANY_ASID,
		.upper = vmsa_space_base(space) != 0,
		.mair = checker->config.mair,
		.read = read_space,
		.arg = vmsa_space_memory(space),
	};
	struct context *x;
	unsigned mine;
	int rc = vmsa_checker_add(checker, &tables, &mine);

	if (rc)
		return rc;
	x = checker->contexts[mine];
	rc = vmsa_space_observe_runs(space, observe, x);
	if (rc) {
		checker->nr_contexts--;
		free(x);
		return rc;
	}
	x->space = space;
	if (id)
		*id = mine;
	return 0;
}

void vmsa_checker_source(struct vmsa_checker *checker, uint32_t source)
{
	checker->source = source;
}

void vmsa_checker_stats(const struct vmsa_checker *checker,
			struct vmsa_checker_stats *out)
{
	*out = checker->stats;
	out->events = checker->now;
	out->bytes = sizeof(*checker) +
		     checker->nr_contexts * sizeof(struct context) +
		     checker->nr_pes * sizeof(*checker->pes) +
		     checker->nr_sets * sizeof(struct stale_set) +
		     checker->room_sets * 2 * sizeof(uint32_t) +
		     checker->nr_slots * sizeof(uint32_t) +
		     checker->room_loose * sizeof(struct loose) +
		     (checker->pending.room + checker->touched.room) *
			     sizeof(struct set_ref) +
		     checker->room_unsettled * sizeof(struct unsettled) +
		     checker->room_uses * sizeof(struct use);
	for (uint32_t i = 0; i < checker->nr_live; i++) {
		const struct stale_set *s =
			check_set(checker, checker->live_sets[i]);

		out->held += s->n;
		if (s->room > SET_FEW)
			out->bytes += s->room * sizeof(struct stale);
	}
}

int vmsa_checker_finish(struct vmsa_checker *checker)
{
	return checker->error;
}

/* --- for the other files ------------------------------------------------- */

void vmsa_check_lose(struct vmsa_checker *c, int error)
{
	if (!c->error)
		c->error = error;
}

int vmsa_check_read(struct vmsa_checker *c, const struct context *x, vmsa_pa at,
		    vmsa_desc *out)
{
	const int rc = x->t.read(x->t.arg, at, out);

	if (rc)
		vmsa_check_lose(c, -EFAULT);
	return rc;
}

void vmsa_check_report(struct vmsa_checker *c, const struct context *x,
		       struct vmsa_check_finding *f)
{
	f->tables = x ? x->id : 0;
	f->regime = x ? x->t.regime : VMSA_CHECK_EL1;
	f->here = (struct vmsa_check_ref){ c->now, c->source, c->pe };
	if (c->nr_operations)
		f->operation = c->operations[c->nr_operations - 1].name;
	c->stats.verdicts[f->verdict]++;
	if (f->verdict == VMSA_CHECK_VIOLATION)
		c->stats.findings[f->rule]++;
	if (c->config.fn)
		c->config.fn(c->config.arg, f);
}

/* --- barriers ------------------------------------------------------------ */

/* Is anybody else able to walk the tables just now? */
static bool is_alone(const struct vmsa_checker *c)
{
	return c->config.pes == 1;
}

/*
 * A barrier only sets marks: events are numbered, and whether a store is
 * visible, ordered or synchronised is a comparison with the mark of its PE. A
 * DSB NSH makes the PE's own walker see its stores and nobody else's, which is
 * enough where there is nobody else.
 */
static void barrier(struct vmsa_checker *c, enum vmsa_barrier barrier)
{
	const unsigned does = vmsa_barrier_completes(barrier);
	const bool own_domain =
		barrier == VMSA_DSB_NSH || barrier == VMSA_DSB_NSHST;
	struct pe_state *pe = check_pe(c);

	if (does & VMSA_COMPLETES_OWN_STORES) {
		/* A fault that was fetched before may still be taken (T6). */
		if (pe->made > pe->visible_own)
			pe->changed = c->now;
		pe->visible_own = c->now;
		if (does & VMSA_COMPLETES_STORES || is_alone(c))
			pe->visible = c->now;
	}
	if (does & VMSA_ORDERS_STORES && (!own_domain || is_alone(c)))
		pe->ordered = c->now;
	if (does & VMSA_SYNCHRONISES) {
		pe->synced = c->now;
		if (c->nr_uses)
			vmsa_check_use_synced(c);
	}
	if (c->pending.n)
		vmsa_check_complete(c, does);
	if (c->nr_uses)
		vmsa_check_use_complete(c, does);
}

/* --- named operations ---------------------------------------------------- */

static unsigned operation_flags(const struct vmsa_checker *c, const char *name)
{
	const struct vmsa_check_operation *o = c->config.operations;

	for (; o && o->name; o++) {
		if (!strcmp(o->name, name))
			return o->flags;
	}
	return 0;
}

/*
 * While all other PEs are kept away from the tables, the one that is left may
 * do what it alone can: a live split by the one CPU that has FEAT_BBM at level
 * 2.
 */
static void choose_level(struct vmsa_checker *c)
{
	c->bbm = c->config.bbm;
	for (unsigned i = 0; i < c->nr_operations; i++) {
		if (c->operations[i].flags & VMSA_CHECK_ALONE)
			c->bbm = c->config.bbm_alone;
	}
}

static void begin(struct vmsa_checker *c, const char *name)
{
	if (c->nr_operations == MAX_OPERATIONS) {
		vmsa_check_lose(c, -ENOSPC);
		return;
	}
	c->operations[c->nr_operations++] = (struct operation){
		.name = name,
		.begun = c->now,
		.touched = c->touched.n,
		.unsettled = c->nr_unsettled,
		.pe = c->pe,
		.flags = operation_flags(c, name),
	};
	choose_level(c);
}

/* An operation is over, and those it began that have not said so. */
static void forget_from(struct vmsa_checker *c, unsigned i)
{
	unsigned kept = i;

	for (; i < c->nr_operations; i++) {
		if (c->operations[i].pe != c->pe)
			c->operations[kept++] = c->operations[i];
	}
	c->nr_operations = kept;
	if (!kept) {
		c->touched.n = 0;
		c->nr_unsettled = 0;
	}
	choose_level(c);
}

/* Operations of one PE nest; those of several may interleave. */
static void end(struct vmsa_checker *c, const struct context *x,
		const char *name)
{
	unsigned i = c->nr_operations;

	while (i && (c->operations[i - 1].pe != c->pe ||
		     strcmp(c->operations[i - 1].name, name)))
		i--;
	if (!i)
		return;
	if (!(c->operations[i - 1].flags & VMSA_CHECK_NO_PROMISE))
		vmsa_check_end(c, x, &c->operations[i - 1]);
	forget_from(c, i - 1);
}

/* --- events -------------------------------------------------------------- */

static bool meet_pe(struct vmsa_checker *c, uint16_t pe)
{
	struct pe_state *grown = realloc(c->pes, (pe + 1u) * sizeof(*grown));

	if (!grown) {
		vmsa_check_lose(c, -ENOMEM);
		return false;
	}
	memset(grown + c->nr_pes, 0, (pe + 1u - c->nr_pes) * sizeof(*grown));
	c->pes = grown;
	c->nr_pes = pe + 1u;
	return true;
}

/* Apart, as the few that come in numbers need none of its registers. */
static __attribute__((noinline)) void take_rare(struct vmsa_checker *c,
						struct context *x,
						const struct vmsa_event *event)
{
	switch (event->kind) {
	case VMSA_EVENT_FILL:
		vmsa_check_fill(c, x, event);
		break;
	case VMSA_EVENT_TABLE_ALLOC:
		vmsa_check_alloc(c, x, event);
		break;
	case VMSA_EVENT_TABLE_FREE:
		vmsa_check_free(c, x, event);
		break;
	case VMSA_EVENT_TTBR:
		vmsa_check_ttbr(c, x, event);
		break;
	case VMSA_EVENT_BEGIN:
		begin(c, event->u.name);
		break;
	case VMSA_EVENT_END:
	default:
		end(c, x, event->u.name);
		break;
	}
}

static void take(struct vmsa_checker *c, struct context *x,
		 const struct vmsa_event *event)
{
	c->now++;
	c->pe = event->pe;
	if (event->pe >= c->nr_pes && !meet_pe(c, event->pe))
		return;
	switch (event->kind) {
	case VMSA_EVENT_BARRIER:
		barrier(c, event->u.barrier);
		break;
	case VMSA_EVENT_STORE:
		vmsa_check_store(c, x, event);
		break;
	case VMSA_EVENT_TLBI:
		vmsa_check_tlbi(c, x, &event->u.tlbi);
		if (c->nr_uses)
			vmsa_check_use_tlbi(c, x, &event->u.tlbi);
		break;
	default:
		take_rare(c, x, event);
		break;
	}
}

void vmsa_checker_event(struct vmsa_checker *checker, unsigned tables,
			const struct vmsa_event *event)
{
	take(checker, checker->contexts[tables], event);
}
