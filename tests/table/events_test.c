/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * events_test.c - the event stream tells everything an editor did, in order
 *
 * A shadow of memory is kept from events alone; it must equal the tables after
 * every operation.  A second observer holds each event against the order that
 * break-before-make asks for.
 */
#include "tables.h"

#include <errno.h>

/* --- the shadow --------------------------------------------------------- */

#define SHADOW_BASE UINT64_C(0x100000)
#define SHADOW_SIZE UINT64_C(0x400000)

/* What memory holds, and the state of each 64 KiB frame or less. */
struct shadow {
	const struct vmsa_geometry *g;
	uint64_t *word; /* SHADOW_SIZE bytes */
	bool *is_table; /* by frame */
	unsigned events[VMSA_EVENT_END + 1];
};

static size_t frame_of(const struct shadow *sh, vmsa_pa pa)
{
	assert_true(pa - SHADOW_BASE < SHADOW_SIZE);
	return (pa - SHADOW_BASE) >> sh->g->granule_shift;
}

static void replay_stores(struct shadow *sh, const struct vmsa_event *e)
{
	const size_t at = (e->u.store.at - SHADOW_BASE) / 8;

	assert_true(sh->is_table[frame_of(sh, e->u.store.at)]);
	assert_int_equal(e->u.store.at % 8, 0);
	assert_int_equal((e->u.store.va >> raw_shift(sh->g, e->level)) %
				 raw_entries(sh->g, e->level),
			 e->u.store.at % vmsa_granule(sh->g) / 8);
	for (uint32_t i = 0; i < e->u.store.count; i++) {
		assert_u64_equal(sh->word[at + i], e->u.store.old);
		sh->word[at + i] = e->u.store.desc + i * e->u.store.step;
	}
}

static void replay(void *arg, const struct vmsa_event *e)
{
	struct shadow *sh = arg;
	size_t frame;

	sh->events[e->kind]++;
	switch (e->kind) {
	case VMSA_EVENT_STORE:
	case VMSA_EVENT_FILL:
		replay_stores(sh, e);
		break;
	case VMSA_EVENT_TABLE_ALLOC:
		frame = frame_of(sh, e->u.table.pa);
		assert_false(sh->is_table[frame]);
		sh->is_table[frame] = true;
		memset((char *)sh->word + (frame << sh->g->granule_shift), 0,
		       vmsa_granule(sh->g));
		break;
	case VMSA_EVENT_TABLE_FREE:
		frame = frame_of(sh, e->u.table.pa);
		assert_true(sh->is_table[frame]);
		sh->is_table[frame] = false;
		break;
	default:
		break;
	}
}

/* Every frame that is a table holds what the shadow says. */
static void assert_shadow(const struct shadow *sh, struct vmsa_space *s)
{
	struct dump d = dump_space(s);
	const size_t frame_size = vmsa_granule(sh->g);
	size_t tables = 0;

	for (size_t i = 0; i < SHADOW_SIZE / frame_size; i++) {
		const vmsa_pa pa = SHADOW_BASE + i * frame_size;

		if (!sh->is_table[i])
			continue;
		tables++;
		assert_memory_equal(vmsa_memory_frame(vmsa_space_memory(s), pa),
				    (char *)sh->word + i * frame_size,
				    frame_size);
	}
	/* And no table is out of reach. */
	assert_int_equal(tables, d.tables);
	dump_free(&d);
}

/* --- break-before-make -------------------------------------------------- */

/* How far a table that was unlinked has come. */
enum unlinked {
	LINKED,
	STORED,
	DSB_BEFORE,
	TLBI_DONE,
	DSB_AFTER
};

struct order {
	struct vmsa_space *space;
	vmsa_pa child;                 /* the table unlinked last */
	vmsa_va va;                    /* what it translated from */
	enum unlinked state;           /* of that table */
	bool dirty[SHADOW_SIZE >> 12]; /* by frame: stored to since a DSB */
	unsigned links, frees;
};

static bool is_link(int level, vmsa_desc desc)
{
	return level < 3 && (desc & 3) == 3;
}

static bool tlbi_reaches(const struct order *o, const struct vmsa_tlbi *t)
{
	/* By VA: bits 43:0 are VA[55:12]; all levels, not the last alone. */
	if (t->op == VMSA_TLBI_VMALLE1)
		return t->scope == VMSA_TLBI_IS;
	return t->op == VMSA_TLBI_VAAE1 && t->scope == VMSA_TLBI_IS &&
	       (t->operand & 0xfffffffffff) == (o->va >> 12 & 0xfffffffffff);
}

static bool *dirty(struct order *o, vmsa_pa pa)
{
	assert_true(pa - SHADOW_BASE < SHADOW_SIZE);
	return &o->dirty[(pa - SHADOW_BASE) >>
			 vmsa_space_geometry(o->space)->granule_shift];
}

static void on_store(struct order *o, const struct vmsa_event *e)
{
	const struct vmsa_geometry *g = vmsa_space_geometry(o->space);

	for (uint32_t i = 0; i < e->u.store.count; i++) {
		const vmsa_desc desc = e->u.store.desc + i * e->u.store.step;

		/* What a link leads to was filled before a barrier. */
		if (is_link(e->level, desc)) {
			assert_false(*dirty(o, raw_address(g, desc)));
			o->links++;
		}
	}
	if (is_link(e->level, e->u.store.old)) {
		assert_u64_equal(e->u.store.desc, 0);
		assert_int_equal(e->u.store.count, 1);
		o->child = raw_address(g, e->u.store.old);
		o->va = e->u.store.va;
		o->state = STORED;
	}
	*dirty(o, e->u.store.at) = true;
}

static void watch_order(void *arg, const struct vmsa_event *e)
{
	struct order *o = arg;

	switch (e->kind) {
	case VMSA_EVENT_STORE:
	case VMSA_EVENT_FILL:
		on_store(o, e);
		break;
	case VMSA_EVENT_BARRIER:
		if (e->u.barrier == VMSA_ISB)
			break;
		memset(o->dirty, 0, sizeof(o->dirty));
		if (o->state == STORED)
			o->state = DSB_BEFORE;
		if (o->state == TLBI_DONE && e->u.barrier == VMSA_DSB_ISH)
			o->state = DSB_AFTER;
		break;
	case VMSA_EVENT_TLBI:
		if (o->state == DSB_BEFORE && tlbi_reaches(o, &e->u.tlbi))
			o->state = TLBI_DONE;
		break;
	case VMSA_EVENT_TABLE_FREE:
		assert_int_equal(o->state, DSB_AFTER);
		assert_u64_equal(e->u.table.pa, o->child);
		o->frees++;
		break;
	default:
		break;
	}
}

/* --- the tests ---------------------------------------------------------- */

struct watched {
	struct vmsa_memory *memory;
	struct vmsa_space *space;
	struct shadow shadow;
	struct order order;
};

static void watch(struct watched *w, const struct shape *shape)
{
	const struct vmsa_range bank = { SHADOW_BASE, SHADOW_SIZE };
	const struct vmsa_memory_config mc = { .granule_shift =
						       shape->granule_shift,
					       .banks = &bank,
					       .nr_banks = 1 };
	struct vmsa_space_config sc = { .upper = true, .root = VMSA_NO_PA };

	memset(w, 0, sizeof(*w));
	assert_int_equal(vmsa_memory_create(&mc, &w->memory), 0);
	sc.memory = w->memory;
	vmsa_geometry_init(&sc.geometry, shape->granule_shift, shape->va_bits,
			   shape->format);
	assert_int_equal(vmsa_space_create(&sc, &w->space), 0);
	w->shadow.g = vmsa_space_geometry(w->space);
	w->shadow.word = calloc(1, SHADOW_SIZE);
	w->shadow.is_table =
		calloc(SHADOW_SIZE >> shape->granule_shift, sizeof(bool));
	w->shadow.is_table[frame_of(&w->shadow, vmsa_space_root(w->space))] =
		true;
	w->order.space = w->space;
	assert_int_equal(vmsa_space_observe(w->space, replay, &w->shadow), 0);
	assert_int_equal(vmsa_space_observe(w->space, watch_order, &w->order),
			 0);
}

static void unwatch(struct watched *w)
{
	free(w->shadow.word);
	free(w->shadow.is_table);
	vmsa_space_destroy(w->space);
	vmsa_memory_destroy(w->memory);
}

static void random_operation(struct watched *w, uint64_t *seed)
{
	const struct vmsa_geometry *g = w->shadow.g;
	const uint64_t page = vmsa_granule(g);
	const unsigned entries = 1u << vmsa_geometry_stride(g);
	/* Pages in a window of four level 2 entries, at the top of the half. */
	const uint64_t window = 4 * page * entries;
	const uint64_t from = test_rand(seed) % (4 * entries) * page;
	const uint64_t room = window - from;
	const uint64_t size = page + test_rand(seed) % room / page * page;
	const vmsa_va va = 0 - window + from;
	const struct vmsa_mapping m = { .va = va,
					.pa = from,
					.size = size > room ? room : size,
					.attr = 0x400,
					.phase = test_rand(seed) % 2,
					.flags = test_rand(seed) % 4 };

	switch (test_rand(seed) % 8) {
	case 0:
		vmsa_unmap(w->space, 0 - window, window);
		break;
	case 1:
	case 2:
		vmsa_unmap(w->space, va, m.size);
		break;
	case 3:
		vmsa_protect(w->space, va, m.size, 0x80, 0);
		break;
	default:
		vmsa_map(w->space, &m);
		break;
	}
}

#define NR_KINDS (VMSA_EVENT_END + 1)

/* Random operations, with stores gathered or not; their events by kind. */
static void operate(const struct shape *shape, uint64_t seed, bool gather,
		    unsigned events[NR_KINDS])
{
	struct watched w;

	watch(&w, shape);
	for (int n = 0; n < 100; n++) {
		vmsa_space_gather(w.space, gather);
		random_operation(&w, &seed);
		assert_shadow(&w.shadow, w.space);
		vmsa_space_gather(w.space, false);
	}
	assert_true(w.order.links && w.order.frees);
	memcpy(events, w.shadow.events, sizeof(w.shadow.events));
	unwatch(&w);
}

/*
 * Whatever is done, the events alone rebuild every table word for word; and
 * gathering stores changes neither, for the editor's own thread.
 */
static void events_rebuild_the_tables_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(all_shapes); i++) {
		unsigned alone[NR_KINDS], gathered[NR_KINDS];

		print_message("%s, seed %zu\n", all_shapes[i].name, 1 + i);
		operate(&all_shapes[i], 1 + i, false, alone);
		operate(&all_shapes[i], 1 + i, true, gathered);
		assert_memory_equal(alone, gathered, sizeof(alone));
	}
}

/* The counters count what the events show, event or not. */
static void counters_agree_with_events(void **state)
{
	struct watched w;
	struct vmsa_counters c;
	const struct vmsa_mapping m = { .va = 0xffffffffffe00000,
					.size = 0x200000,
					.attr = 0x400,
					.flags = VMSA_MAP_NO_BLOCK,
					.phase = VMSA_LATE };

	(void)state;
	watch(&w, &all_shapes[0]);
	assert_int_equal(vmsa_map(w.space, &m), 0);
	vmsa_space_counters(w.space, &c);
	assert_int_equal(c.stores, 512 + 3);
	assert_int_equal(c.tables_alloc, 3);
	assert_int_equal(c.barriers[VMSA_ISB], 1);
	assert_int_equal(w.shadow.events[VMSA_EVENT_TABLE_ALLOC], 3);
	assert_int_equal(w.shadow.events[VMSA_EVENT_BEGIN], 1);
	assert_int_equal(w.shadow.events[VMSA_EVENT_END], 1);
	/* 511 pages and more are invalidated all at once. */
	assert_int_equal(vmsa_unmap(w.space, m.va, m.size), 0);
	vmsa_space_counters(w.space, &c);
	assert_int_equal(c.stores, 2 * (512 + 3));
	assert_int_equal(c.tables_free, 3);
	assert_int_equal(c.tlbi[VMSA_TLBI_VMALLE1], 1);
	assert_int_equal(c.tlbi[VMSA_TLBI_VAAE1], 3);
	assert_int_equal(c.tlbi[VMSA_TLBI_VAALE1], 0);
	assert_int_equal(w.shadow.events[VMSA_EVENT_TLBI], 4);
	unwatch(&w);
}

/* A small range is invalidated granule by granule, VA[55:12] in Xt. */
static void small_ranges_are_invalidated_by_address(void **state)
{
	static const struct {
		size_t shape;
		uint64_t granule;
	} rows[] = { { 0, 0x1000 }, { 5, 0x4000 }, { 9, 0x10000 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct watched w;
		struct vmsa_counters c;

		watch(&w, &all_shapes[rows[i].shape]);
		assert_int_equal(vmsa_protect(w.space, 0 - 3 * rows[i].granule,
					      3 * rows[i].granule, 0x80, 0),
				 0);
		vmsa_space_counters(w.space, &c);
		assert_int_equal(c.tlbi[VMSA_TLBI_VAALE1], 3);
		assert_int_equal(c.barriers[VMSA_DSB_ISHST], 1);
		assert_int_equal(c.barriers[VMSA_DSB_ISH], 1);
		assert_int_equal(c.barriers[VMSA_ISB], 1);
		unwatch(&w);
	}
}

struct pe_log {
	int n;
	uint16_t pe[4];
	const char *name[4];
	uint64_t operand;
};

static void log_pe(void *arg, const struct vmsa_event *e)
{
	struct pe_log *log = arg;

	log->pe[log->n] = e->pe;
	log->name[log->n++] = e->kind >= VMSA_EVENT_BEGIN ? e->u.name : NULL;
	if (e->kind == VMSA_EVENT_TLBI)
		log->operand = e->u.tlbi.operand;
}

/* Events carry the PE that was set, names and operands as given. */
static void events_say_who_did_it(void **state)
{
	struct fixture f;
	struct pe_log log = { 0 };

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	assert_int_equal(vmsa_space_observe(f.space, log_pe, &log), 0);
	vmsa_space_begin(f.space, "work");
	vmsa_space_set_pe(f.space, 513);
	vmsa_space_tlbi(f.space, (struct vmsa_tlbi){ VMSA_TLBI_VAE1,
						     VMSA_TLBI_LOCAL, 0x1234 });
	vmsa_space_end(f.space, "work");
	assert_int_equal(log.n, 3);
	assert_int_equal(log.pe[0], 0);
	assert_string_equal(log.name[0], "work");
	assert_int_equal(log.pe[1], 513);
	assert_u64_equal(log.operand, 0x1234);
	assert_int_equal(log.pe[2], 513);
	assert_string_equal(log.name[2], "work");
	fixture_close(&f);
}

static void count_event(void *arg, const struct vmsa_event *e)
{
	(void)e;
	++*(int *)arg;
}

/* Eight may watch; one that left sees nothing more. */
static void observers_come_and_go(void **state)
{
	struct fixture f;
	int seen[9] = { 0 };

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	for (int i = 0; i < 8; i++)
		assert_int_equal(
			vmsa_space_observe(f.space, count_event, &seen[i]), 0);
	assert_int_equal(vmsa_space_observe(f.space, count_event, &seen[8]),
			 -ENOSPC);
	vmsa_space_barrier(f.space, VMSA_DSB_SY);
	vmsa_space_unobserve(f.space, count_event, &seen[3]);
	vmsa_space_barrier(f.space, VMSA_DSB_SY);
	for (int i = 0; i < 8; i++)
		assert_int_equal(seen[i], i == 3 ? 1 : 2);
	assert_int_equal(seen[8], 0);
	fixture_close(&f);
}

struct run_log {
	int n;
	struct vmsa_event e[8];
};

static void log_runs(void *arg, const struct vmsa_event *e)
{
	struct run_log *log = arg;

	log->e[log->n++] = *e;
}

/* A run over empty entries is one event; each other entry is its own. */
static void runs_split_where_something_was(void **state)
{
	struct fixture f;
	struct run_log log = { 0 };
	struct vmsa_table root;
	vmsa_va base;

	(void)state;
	fixture_open(&f, 12, 21, VMSA_FORMAT_48);
	base = vmsa_space_base(f.space);
	put_desc(f.space, base + 0x3000, 3, 0x9403);
	put_desc(f.space, base + 0x4000, 3, 0x9403);
	vmsa_table_root(f.space, &root);
	vmsa_space_observe(f.space, log_runs, &log);
	vmsa_table_set_run(f.space, &root, 1, 5, base + 0x1000, 0x11403,
			   0x1000);
	assert_int_equal(log.n, 4);
	assert_int_equal(log.e[0].u.store.count, 2);
	assert_u64_equal(log.e[0].u.store.old, 0);
	assert_u64_equal(log.e[1].u.store.old, 0x9403);
	assert_u64_equal(log.e[2].u.store.desc, 0x14403);
	assert_u64_equal(log.e[2].u.store.va, base + 0x4000);
	assert_int_equal(log.e[3].u.store.count, 1);
	assert_u64_equal(log.e[3].u.store.desc, 0x15403);
	assert_u64_equal(log.e[3].u.store.at, vmsa_space_root(f.space) + 40);
	fixture_close(&f);
}

/* A table filled before it is linked is one FILL, and known not to be zero. */
static void filling_a_table_is_one_event(void **state)
{
	struct fixture f;
	struct run_log log = { 0 };
	struct vmsa_table t;
	struct vmsa_counters c;

	(void)state;
	fixture_open(&f, 12, 48, VMSA_FORMAT_48);
	vmsa_space_observe(f.space, log_runs, &log);
	assert_int_equal(vmsa_table_alloc(f.space, VMSA_LATE, 3, &t), 0);
	assert_u64_equal(vmsa_table_get(&t, 511), 0);
	vmsa_table_fill(f.space, &t, vmsa_space_base(f.space), 0x10000403,
			0x1000);
	assert_u64_equal(vmsa_table_get(&t, 0), 0x10000403);
	assert_u64_equal(vmsa_table_get(&t, 511), 0x101ff403);
	assert_int_equal(log.n, 2);
	assert_int_equal(log.e[1].kind, VMSA_EVENT_FILL);
	assert_int_equal(log.e[1].level, 3);
	assert_int_equal(log.e[1].u.store.count, 512);
	assert_u64_equal(log.e[1].u.store.at, t.pa);
	vmsa_space_counters(f.space, &c);
	assert_int_equal(c.fills, 512);
	assert_int_equal(c.stores, 0);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_rebuild_the_tables_exactly),
		cmocka_unit_test(counters_agree_with_events),
		cmocka_unit_test(small_ranges_are_invalidated_by_address),
		cmocka_unit_test(events_say_who_did_it),
		cmocka_unit_test(observers_come_and_go),
		cmocka_unit_test(runs_split_where_something_was),
		cmocka_unit_test(filling_a_table_is_one_event),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
