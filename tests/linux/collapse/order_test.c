/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * order_test.c - the order of stores, barriers, TLBIs and frees
 *
 * An observer follows each table from the store that unlinks it: a DSB, a TLBI
 * of all levels that covers it, a DSB of all accesses, and only then the free.
 * In place it also sees that no valid descriptor ever becomes invalid; by
 * break-before-make that none becomes another valid one.
 */
#include "linux/collapse/world.h"

#include <string.h>

/* How far a table or a broken entry is from being safe. */
enum phase {
	UNLINKED, /* stored */
	VISIBLE,  /* and a DSB */
	FLUSHED,  /* and a TLBI */
	COMPLETE, /* and a DSB: safe */
};

#define MAX_WATCHED 8192

struct watched {
	vmsa_pa at;    /* where the old descriptor was */
	vmsa_pa table; /* what it pointed to; 0 for a leaf */
	vmsa_va va;
	uint64_t size;
	enum phase phase;
};

struct observer {
	const struct vmsa_geometry *g;
	struct tables t;
	bool in_place;
	unsigned n;
	struct watched w[MAX_WATCHED];
	uint64_t frees, breaks, bad_free, bad_break, bad_make;
};

static struct watched *find(struct observer *o, vmsa_pa at, vmsa_pa table)
{
	for (unsigned i = o->n; i--;) {
		if (o->w[i].at == at || (table && o->w[i].table == table))
			return &o->w[i];
	}
	return NULL;
}

static bool is_table(int level, vmsa_desc d)
{
	return level < 3 && (d & 3) == 3;
}

static void watch(struct observer *o, const struct vmsa_event *e, unsigned i)
{
	const uint64_t span = UINT64_C(1) << tables_shift(&o->t, e->level);

	assert_true(o->n < MAX_WATCHED);
	o->w[o->n++] = (struct watched){
		.at = e->u.store.at + 8 * i,
		.table = is_table(e->level, e->u.store.old)
				 ? tables_oa(&o->t, e->u.store.old)
				 : 0,
		.va = e->u.store.va + i * span,
		.size = span,
	};
}

static void see_store(struct observer *o, const struct vmsa_event *e)
{
	const vmsa_desc old = e->u.store.old;

	for (unsigned i = 0; i < e->u.store.count; i++) {
		const vmsa_desc new = e->u.store.desc + i * e->u.store.step;
		const struct watched *w = find(o, e->u.store.at + 8 * i, 0);

		if (old & 1 && !(new & 1)) {
			o->breaks++;
			o->bad_break += o->in_place;
			watch(o, e, i);
		} else if (old & 1) {
			o->bad_make += !o->in_place;
			if (is_table(e->level, old))
				watch(o, e, i);
		} else {
			/* Make, after a break: only once that is complete. */
			o->bad_make += w && w->phase != COMPLETE;
		}
	}
}

static void see_barrier(struct observer *o, enum vmsa_barrier b)
{
	for (unsigned i = 0; i < o->n; i++) {
		if (o->w[i].phase == UNLINKED &&
		    (b == VMSA_DSB_ISHST || b == VMSA_DSB_ISH))
			o->w[i].phase = VISIBLE;
		else if (o->w[i].phase == FLUSHED && b == VMSA_DSB_ISH)
			o->w[i].phase = COMPLETE;
	}
}

/* A table needs its descriptor gone; a broken leaf every address of it. */
static void see_tlbi(struct observer *o, const struct vmsa_tlbi *tlbi)
{
	struct vmsa_tlbi_target t;

	assert_int_equal(vmsa_tlbi_target(tlbi, o->g, &t),
			 VMSA_TLBI_INVALIDATES);
	assert_int_equal(tlbi->scope, VMSA_TLBI_IS);
	for (unsigned i = 0; i < o->n; i++) {
		struct watched *w = &o->w[i];
		const vmsa_va last =
			o->in_place ? w->va : w->va + (w->size - 1);

		if (w->phase != VISIBLE || !t.any_asid || !t.globals)
			continue;
		if (w->table && t.last_level)
			continue;
		if (t.first <= w->va && last <= t.last)
			w->phase = FLUSHED;
	}
}

static void see(void *arg, const struct vmsa_event *e)
{
	struct observer *o = arg;
	const struct watched *w;

	switch (e->kind) {
	case VMSA_EVENT_STORE:
		see_store(o, e);
		break;
	case VMSA_EVENT_BARRIER:
		see_barrier(o, e->u.barrier);
		break;
	case VMSA_EVENT_TLBI:
		see_tlbi(o, &e->u.tlbi);
		break;
	case VMSA_EVENT_TABLE_FREE:
		w = find(o, 0, e->u.table.pa);
		o->frees++;
		o->bad_free += !w || w->phase != COMPLETE;
		break;
	default:
		break;
	}
}

/* --- the map under test -------------------------------------------------- */

/* Split 1 GiB into pages, bar what stays out: 512 tables and more to free. */
static struct vmsa_linux *boot_and_shred(const struct world *w, uint64_t size)
{
	struct vmsa_linux *l = world_boot(w);
	const vmsa_va va = vmsa_linux_va(l, 0x80000000);

	assert_int_equal(vmsa_linux_split_to_pages(l, va, va + size, VMSA_LATE),
			 0);
	return l;
}

static struct observer run(const struct world *w, unsigned level, uint64_t size)
{
	struct vmsa_linux *l = boot_and_shred(w, size);
	const vmsa_va va = vmsa_linux_va(l, 0x80000000);
	const struct vmsa_collapse_config c = { .bbm_level = level,
						.idle = true };
	static struct observer o;

	memset(&o, 0, sizeof(o));
	o.g = vmsa_space_geometry(vmsa_linux_space(l));
	o.t = tables_of(l);
	o.in_place = level >= 2;
	assert_int_equal(vmsa_space_observe(vmsa_linux_space(l), see, &o), 0);
	assert_int_equal(vmsa_linux_collapse(l, va, va + size, &c, NULL), 0);
	vmsa_linux_destroy(l);
	return o;
}

static const struct row {
	const char *name;
	struct world world;
	uint64_t size;
	uint64_t frees; /* tables that 1 GiB or 512 MiB took */
} rows[] = {
	{ "4K", { VMSA_LINUX_V7_3, 12, 48, .size = 4 * GIB }, GIB, 513 },
	{ "4K, range TLBIs",
	  { VMSA_LINUX_V7_3, 12, 48, .tlb_range = true, .size = 4 * GIB },
	  GIB,
	  513 },
	{ "4K, LPA2",
	  { VMSA_LINUX_V7_3, 12, 52, .lpa2 = true, .tlb_range = true,
	    .size = 4 * GIB },
	  GIB,
	  513 },
	{ "16K", { VMSA_LINUX_V7_3, 14, 48, .size = 4 * GIB }, GIB, 32 },
	{ "64K", { VMSA_LINUX_V7_3, 16, 48, .size = 4 * GIB }, GIB, 2 },
};

static void a_table_is_freed_when_no_walk_can_be_in_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 4; i++) {
		const struct row *r = &rows[i / 4];
		const unsigned level = i % 4;
		const struct observer o = run(&r->world, level, r->size);

		print_message("%s, level %u\n", r->name, level);
		assert_int_equal(o.frees, r->frees);
		assert_int_equal(o.bad_free, 0);
		assert_int_equal(o.bad_break, 0);
		assert_int_equal(o.bad_make, 0);
		if (level < 2)
			assert_true(o.breaks >= r->frees);
		else
			assert_int_equal(o.breaks, 0);
	}
}

/* 512 level 3 tables and the level 2 table: nine rounds of at most 64. */
static void tables_share_their_flushes(void **state)
{
	struct vmsa_linux *l = boot_and_shred(&rows[0].world, GIB);
	const vmsa_va va = vmsa_linux_va(l, 0x80000000);
	struct vmsa_collapse_stats stats;

	(void)state;
	assert_int_equal(
		vmsa_linux_collapse(l, va, va + GIB, &in_place, &stats), 0);
	assert_int_equal(stats.blocks[VMSA_LEVEL_SLOT(1)], 1);
	assert_int_equal(stats.blocks[VMSA_LEVEL_SLOT(2)], 512);
	assert_int_equal(stats.flushes, 9);
	vmsa_linux_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_freed_when_no_walk_can_be_in_it),
		cmocka_unit_test(tables_share_their_flushes),
	};

	return cmocka_run_group_tests_name("linux_collapse_order", tests, NULL,
					   NULL);
}
