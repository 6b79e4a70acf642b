/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check_use.c - which tables a PE walks, and which it has walked
 *
 *     walked --TTBR--> leaving --ISB--> left --TLBI, DSB--> gone
 *
 * Until the ISB the PE may walk the old tables still, so that a TLBI before it
 * is worth nothing.  After it the TLB keeps what it has, under the ASID and
 * VMID of then, until a TLBI that reaches it.  A PE of which no TTBR event
 * tells walks all tables that are not idle.
 */
#include "bbm/check.h"

#include <errno.h>
#include <stdlib.h>

/* --- records ------------------------------------------------------------- */

static struct use *find(const struct vmsa_checker *c, const struct use *like)
{
	for (size_t i = 0; i < c->nr_uses; i++) {
		struct use *u = &c->uses[i];

		if (u->tables == like->tables && u->pe == like->pe &&
		    u->asid == like->asid)
			return u;
	}
	return NULL;
}

static struct use *add(struct vmsa_checker *c, const struct use *new)
{
	struct use *known = find(c, new);

	if (known)
		return known;
	if (c->nr_uses == c->room_uses) {
		const size_t room = c->room_uses ? 2 * c->room_uses : 16;
		struct use *grown = realloc(c->uses, room * sizeof(*grown));

		if (!grown) {
			vmsa_check_lose(c, -ENOMEM);
			return NULL;
		}
		c->uses = grown;
		c->room_uses = room;
	}
	c->uses[c->nr_uses] = *new;
	return &c->uses[c->nr_uses++];
}

/* Nothing of it is in a TLB: what TLBIs did to it is of no interest. */
static void forget_tlbis(struct use *u)
{
	free(u->flushed);
	u->flushed = NULL;
	u->nr_flushed = u->room_flushed = 0;
	u->tlbi = 0;
	u->why = VMSA_WHY_NO_TLBI;
	u->told = false;
}

static void enter(struct vmsa_checker *c, struct use *u, enum use_state state)
{
	forget_tlbis(u);
	u->state = (uint8_t)state;
	u->since = c->now;
	u->source[0] = c->source;
}

void vmsa_check_free_uses(struct vmsa_checker *c)
{
	for (size_t i = 0; i < c->nr_uses; i++)
		free(c->uses[i].flushed);
	free(c->uses);
}

/* --- who walks what ------------------------------------------------------ */

/* Is there one register for both? */
static bool share_a_register(const struct context *a, const struct context *b)
{
	if (a->t.regime != b->t.regime)
		return false;
	return a->t.regime != VMSA_CHECK_EL1 ||
	       (a->t.vmid == b->t.vmid && a->t.upper == b->t.upper);
}

/* Has a TTBR event ever told of this PE and these tables? */
static bool is_told(const struct vmsa_checker *c, const struct context *x,
		    uint16_t pe)
{
	for (size_t i = 0; i < c->nr_uses; i++) {
		if (c->uses[i].tables == x->id && c->uses[i].pe == pe)
			return true;
	}
	return false;
}

/* PEs of which it is known what they have of these tables. */
static unsigned nr_told(const struct vmsa_checker *c, const struct context *x)
{
	unsigned n = 0;

	for (unsigned pe = 0; pe < c->nr_pes; pe++)
		n += is_told(c, x, (uint16_t)pe);
	return n;
}

const struct use *vmsa_check_used(const struct vmsa_checker *c,
				  const struct context *x)
{
	const struct use *most = NULL;

	for (size_t i = 0; i < c->nr_uses; i++) {
		const struct use *u = &c->uses[i];

		if (u->tables == x->id && (!most || u->state > most->state))
			most = u;
	}
	return most;
}

enum use_state vmsa_check_use_state(const struct vmsa_checker *c,
				    const struct context *x)
{
	const struct use *u = vmsa_check_used(c, x);

	if (!x->t.idle && (!c->config.pes || nr_told(c, x) < c->config.pes))
		return USE_WALKED;
	return u ? (enum use_state)u->state : USE_GONE;
}

/* --- the register is written --------------------------------------------- */

/* This PE's other tables, and these under another ASID, are on their way. */
static void leave_others(struct vmsa_checker *c, const struct context *x,
			 uint32_t asid)
{
	for (unsigned i = 0; i < c->nr_contexts; i++) {
		const struct context *y = c->contexts[i];
		const struct use walked = { .tables = y->id,
					    .pe = c->pe,
					    .asid = y->t.asid,
					    .state = USE_WALKED };

		/* Nobody told of the first TTBR: a PE that leaves was there. */
		if (share_a_register(x, y) && !y->t.idle &&
		    !is_told(c, y, c->pe))
			add(c, &walked);
	}
	for (size_t i = 0; i < c->nr_uses; i++) {
		struct use *u = &c->uses[i];

		if (u->pe == c->pe && u->state == USE_WALKED &&
		    share_a_register(x, c->contexts[u->tables]) &&
		    (u->tables != x->id || u->asid != asid))
			enter(c, u, USE_LEAVING);
	}
}

void vmsa_check_ttbr(struct vmsa_checker *c, struct context *x,
		     const struct vmsa_event *e)
{
	const struct use new = { .tables = x->id,
				 .pe = c->pe,
				 .asid = e->u.ttbr.asid == VMSA_EVENT_OWN_ASID
						 ? x->t.asid
						 : e->u.ttbr.asid };
	struct use *u;

	leave_others(c, x, new.asid);
	u = add(c, &new);
	if (!u)
		return;
	enter(c, u, USE_WALKED);
	u->cnp = e->u.ttbr.cnp;
	check_pe(c)->turned = c->now;
	vmsa_check_turn(c, x, u);
}

void vmsa_check_use_synced(struct vmsa_checker *c)
{
	for (size_t i = 0; i < c->nr_uses; i++) {
		struct use *u = &c->uses[i];

		if (u->pe == c->pe && u->state == USE_LEAVING)
			u->state = USE_LEFT;
	}
}

/* --- what it left behind goes -------------------------------------------- */

static enum vmsa_cached_kind kind_of(const struct context *x, bool table)
{
	if (x->t.regime == VMSA_CHECK_STAGE2)
		return table ? VMSA_CACHED_S2_TABLE : VMSA_CACHED_S2_LEAF;
	return table ? VMSA_CACHED_TABLE : VMSA_CACHED_LEAF;
}

struct vmsa_cached vmsa_check_cached(const struct context *x,
				     const struct use *u, const struct entry *e,
				     bool table)
{
	const uint64_t span = vmsa_level_span(&x->t.geometry, e->level);

	return (struct vmsa_cached){
		.kind = kind_of(x, table),
		.el2 = x->t.regime == VMSA_CHECK_EL2,
		.global = !table && !(e->desc & VMSA_LEAF_NG),
		.asid = (uint16_t)u->asid,
		.vmid = x->t.vmid,
		.level = e->level,
		.first = e->va,
		.last = e->va + (span - 1),
	};
}

static bool removes(const struct flushed *f, const struct use *u,
		    const struct vmsa_cached *entry)
{
	struct vmsa_cached one = *entry;

	/* Of many ASIDs one is not the TLBI's. */
	if (u->asid == VMSA_CHECK_ANY_ASID)
		one.asid = (uint16_t)(f->inv.target.asid + 1u);
	return vmsa_tlbi_removes(&f->inv, &one);
}

/* A broadcast TLBI before the DSB of the one before is none of its own. */
static unsigned worth(const struct vmsa_checker *c, const struct flushed *f,
		      uint64_t *last)
{
	if (!f->complete)
		return 0;
	if (f->scope == VMSA_TLBI_LOCAL)
		return vmsa_check_repeat(c);
	if (f->event <= *last)
		return 0;
	*last = f->complete;
	return 1;
}

bool vmsa_check_is_flushed(const struct vmsa_checker *c, const struct use *u,
			   const struct vmsa_cached *entry)
{
	uint64_t last = 0;
	unsigned n = 0;

	for (size_t i = 0; i < u->nr_flushed; i++) {
		const struct flushed *f = &u->flushed[i];

		if (removes(f, u, entry))
			n += worth(c, f, &last);
	}
	return n >= vmsa_check_repeat(c);
}

static bool is_whole(const struct flushed *f)
{
	return vmsa_tlbi_form(f->inv.op) == VMSA_TLBI_FORM_ALL;
}

/* Could it remove any entry at all of these tables? */
static bool concerns(const struct context *x, const struct use *u,
		     const struct flushed *f)
{
	const struct vmsa_tlbi_target *t = &f->inv.target;
	struct entry e = { .level = t->level == VMSA_TLBI_ANY_LEVEL
					    ? VMSA_MAX_LEVEL
					    : t->level };
	bool any = false;

	for (unsigned kind = 0; kind < 3 && !any; kind++) {
		struct vmsa_cached entry;

		e.desc = kind == 1 ? VMSA_LEAF_NG : 0;
		entry = vmsa_check_cached(x, u, &e, kind == 2);
		entry.first = t->first;
		entry.last = t->last;
		if (kind == 2)
			entry.level = x->t.geometry.start_level;
		any = removes(f, u, &entry);
	}
	return any;
}

/* What combines both stages goes with all of a VMID only. */
static enum vmsa_check_why why_not(const struct vmsa_checker *c,
				   const struct context *x, const struct use *u,
				   const struct flushed *f)
{
	const bool stage2_all = f->inv.op == VMSA_TLBI_VMALLS12E1 ||
				f->inv.op == VMSA_TLBI_ALLE1;

	/*
	 * Until the ISB walks through the old tables go on and fill the TLB
	 * again behind the TLBI.
	 */
	if (u->state == USE_LEAVING)
		return VMSA_WHY_NO_ISB;
	if (f->scope == VMSA_TLBI_LOCAL && u->pe != c->pe)
		return VMSA_WHY_LOCAL;
	if (x->t.regime == VMSA_CHECK_STAGE2 && !stage2_all)
		return VMSA_WHY_COMBINED;
	return concerns(x, u, f) ? VMSA_WHY_NO_DSB : VMSA_WHY_ASID;
}

static void keep(struct vmsa_checker *c, struct use *u, const struct flushed *f)
{
	if (u->nr_flushed == u->room_flushed) {
		const size_t room = u->room_flushed ? 2 * u->room_flushed : 4;
		struct flushed *grown =
			realloc(u->flushed, room * sizeof(*grown));

		if (!grown) {
			vmsa_check_lose(c, -ENOMEM);
			return;
		}
		u->flushed = grown;
		u->room_flushed = room;
	}
	u->flushed[u->nr_flushed++] = *f;
}

void vmsa_check_use_tlbi(struct vmsa_checker *c, const struct context *through,
			 const struct vmsa_tlbi *tlbi)
{
	for (size_t i = 0; i < c->nr_uses; i++) {
		struct use *u = &c->uses[i];
		const struct context *x = c->contexts[u->tables];
		struct flushed f = { .inv = { .op = tlbi->op,
					      .vmid = through->t.vmid },
				     .event = c->now,
				     .pe = c->pe,
				     .scope = (uint8_t)tlbi->scope };

		if ((u->state != USE_LEFT && u->state != USE_LEAVING) ||
		    vmsa_tlbi_target(tlbi, &x->t.geometry, &f.inv.target) !=
			    VMSA_TLBI_INVALIDATES)
			continue;
		u->why = (uint8_t)why_not(c, x, u, &f);
		u->tlbi = c->now;
		u->source[1] = c->source;
		u->tlbi_pe = c->pe;
		if (u->why == VMSA_WHY_NO_DSB)
			keep(c, u, &f);
	}
}

/* Why an operation that was complete has left something behind. */
static enum vmsa_check_why why_left(const struct flushed *f)
{
	if (is_whole(f))
		return VMSA_WHY_REPEAT;
	if (f->inv.target.last_level)
		return VMSA_WHY_LAST_LEVEL;
	return vmsa_tlbi_form(f->inv.op) == VMSA_TLBI_FORM_ASID
		       ? VMSA_WHY_ASID
		       : VMSA_WHY_ADDRESS;
}

/* All of it is gone when enough of them are complete that take all. */
static void settle(const struct vmsa_checker *c, struct use *u)
{
	uint64_t last = 0;
	unsigned whole = 0;

	for (size_t i = 0; i < u->nr_flushed; i++) {
		const struct flushed *f = &u->flushed[i];

		if (!f->complete)
			continue;
		u->why = (uint8_t)why_left(f);
		if (is_whole(f))
			whole += worth(c, f, &last);
	}
	if (whole < vmsa_check_repeat(c))
		return;
	forget_tlbis(u);
	u->state = USE_GONE;
}

void vmsa_check_use_complete(struct vmsa_checker *c, unsigned completes)
{
	static const unsigned needs[] = {
		[VMSA_TLBI_LOCAL] = VMSA_COMPLETES_LOCAL_TLBI,
		[VMSA_TLBI_IS] = VMSA_COMPLETES_IS_TLBI,
		[VMSA_TLBI_OS] = VMSA_COMPLETES_OS_TLBI,
	};

	for (size_t i = 0; i < c->nr_uses; i++) {
		struct use *u = &c->uses[i];
		bool more = false;

		for (size_t k = 0; k < u->nr_flushed; k++) {
			struct flushed *f = &u->flushed[k];

			if (f->complete || f->pe != c->pe ||
			    !(completes & needs[f->scope]))
				continue;
			f->complete = c->now;
			more = true;
		}
		if (more)
			settle(c, u);
	}
}
