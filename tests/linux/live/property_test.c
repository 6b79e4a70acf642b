/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * property_test.c - random scripts, held against one entry a page after every
 * statement, and against what no store may ever do: section 17 of
 * docs/linear-map.md
 *
 * A failure is shrunk to the shortest script that still fails and printed, so
 * that it can be given to "vmsa scenario".  Seeds are fixed.
 *
 *     1, 2, 3, 4   flat_compare()
 *     5, 6, 7, 9, 11   watch_event()
 *     8, 10        no stale leaf is left when a call that flushes returns
 *     12           the boot's own calls, made again
 */
#include "linux/live/flat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY "memory 0x40000000+2G\n"

static const struct world worlds[] = {
	{ "7.3 4K", MEMORY "cpu bbm=3\nkernel v7.3\n", VMSA_LINUX_V7_3, 12,
	  true, true, true, true },
	{ "7.3 4K LPA2 ranges",
	  MEMORY "cpu bbm=3 tlb-range lpa2\nkernel v7.3 va-bits=52\n",
	  VMSA_LINUX_V7_3, 12, true, true, true, true },
	{ "7.3 4K nG",
	  MEMORY "cpu bbm=3\nkernel v7.3 va-bits=39\n"
		 "kaslr-seed 9\n",
	  VMSA_LINUX_V7_3, 12, true, true, true, true },
	{ "7.3 16K", MEMORY "cpu bbm=3\nkernel v7.3 page=16K va-bits=47\n",
	  VMSA_LINUX_V7_3, 14, true, true, true, true },
	{ "7.3 64K", MEMORY "cpu bbm=3 tlb-range\nkernel v7.3 page=64K\n",
	  VMSA_LINUX_V7_3, 16, true, true, true, true },
	{ "7.3 4K, noalias, KFENCE late",
	  MEMORY "cpu bbm=3\nkernel v7.3\nbootargs rodata=noalias\n",
	  VMSA_LINUX_V7_3, 12, true, false, true, true },
	{ "7.3 4K, repainted", MEMORY "cpu bbm=3\ncpu bbm=2\nkernel v7.3\n",
	  VMSA_LINUX_V7_3, 12, false, true, true, true },
	{ "7.3 64K without BBM", MEMORY "cpu bbm=2\nkernel v7.3 page=64K\n",
	  VMSA_LINUX_V7_3, 16, false, true, true, true },
	{ "7.3 4K, fixed direct map",
	  MEMORY "cpu bbm=0\nkernel v7.3 kfence-interval=100\n"
		 "bootargs rodata=noalias\n",
	  VMSA_LINUX_V7_3, 12, false, false, false, false },
	{ "6.18 4K", MEMORY "cpu midr=0xc00fac30\nkernel v6.18\n",
	  VMSA_LINUX_V6_18, 12, true, true, true, false },
	{ "6.18 16K",
	  MEMORY "cpu midr=0xc00fac30\nkernel v6.18 page=16K va-bits=48\n",
	  VMSA_LINUX_V6_18, 14, true, true, true, false },
	{ "v2 4K", MEMORY "cpu bbm=2\nkernel v2 kfence-interval=100\n",
	  VMSA_LINUX_V2, 12, true, true, true, false },
	{ "v2 64K",
	  MEMORY "cpu bbm=2\nkernel v2 page=64K kfence-interval=100\n",
	  VMSA_LINUX_V2, 16, true, true, true, false },
	{ "6.12 16K", MEMORY "cpu bbm=3\nkernel v6.12 page=16K\n",
	  VMSA_LINUX_V6_12, 14, false, true, true, false },
};

/* --- scripts ------------------------------------------------------------- */

#define MAX_SCRIPT_OPS 400

struct script {
	const struct world *world;
	struct op op[MAX_SCRIPT_OPS];
	unsigned n;
	/* A condition of the test's own, for a failure made on purpose. */
	const char *(*extra)(const struct flat *f);
};

static void print_op(FILE *out, const struct world *w, const struct op *op)
{
	const unsigned shift = w->granule_shift;
	const unsigned long long pa = FLAT_BASE + (op->page << shift);
	const unsigned long long end = pa + (op->pages << shift);
	const unsigned long long n = op->pages;
	const unsigned long long hot =
		FLAT_BASE + 2 * GIB + op->slot * (flat_hot_pages(w) << shift);

	switch (op->kind) {
	case OP_SPLIT:
		fprintf(out, "split pa:0x%llx pa:0x%llx\n", pa, end);
		break;
	case OP_INVALID:
		fprintf(out, "set_direct_map_invalid pa:0x%llx\n", pa);
		break;
	case OP_DEFAULT:
		fprintf(out, "set_direct_map_default pa:0x%llx\n", pa);
		break;
	case OP_SET_VALID:
		fprintf(out, "set_memory_valid pa:0x%llx %llu\n", pa, n);
		break;
	case OP_SET_INVALID:
		fprintf(out, "set_memory_invalid pa:0x%llx %llu\n", pa, n);
		break;
	case OP_VMALLOC:
		fprintf(out, "vmalloc s%u pages=%llu at=0x%llx\n", op->slot, n,
			pa);
		break;
	case OP_SET_MEMORY:
		fprintf(out, "%s s%u[%llu] %llu\n",
			vmsa_set_memory_name(op->set), op->slot,
			(unsigned long long)op->page, n);
		break;
	case OP_VFREE:
		fprintf(out, "vfree s%u\n", op->slot);
		break;
	case OP_MODULE_LOAD:
		fprintf(out,
			"module load s%u text=3 data=2 rodata=1 "
			"init_text=2 at=0x%llx\n",
			op->slot, pa);
		break;
	case OP_MODULE_UNLOAD:
		fprintf(out, "module unload s%u\n", op->slot);
		break;
	case OP_SECRET_MAP:
		fprintf(out, "secretmem map s%u pages=%llu at=0x%llx\n",
			op->slot, n, pa);
		break;
	case OP_SECRET_UNMAP:
		fprintf(out, "secretmem unmap s%u\n", op->slot);
		break;
	case OP_HOT_ADD:
	case OP_HOT_REMOVE:
		fprintf(out, "hotplug %s 0x%llx+0x%llx\n",
			op->kind == OP_HOT_ADD ? "add" : "remove", hot,
			(unsigned long long)(flat_hot_pages(w) << shift));
		break;
	default:
		fprintf(out, "fail table %llu\n", n);
	}
}

static char *script_text(const struct script *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "%sboot\n", s->world->setup);
	for (unsigned i = 0; i < s->n; i++)
		print_op(out, s->world, &s->op[i]);
	fclose(out);
	return text;
}

/* --- random ones --------------------------------------------------------- */

/* Slots in use while a script is made up. */
struct draft {
	enum op_kind used[MAX_SLOTS]; /* by which op */
	bool hot[MAX_SLOTS];
	uint64_t seed;
};

static uint64_t below(struct draft *d, uint64_t n)
{
	return test_rand(&d->seed) % n;
}

/*
 * A page near one of a few places, so that operations meet: in a block of the
 * second GiB, at its edges, in the text and data aliases.
 */
static uint64_t some_page(const struct world *w, struct draft *d)
{
	static const uint64_t places[] = {
		1 * GIB,
		1 * GIB + 96 * MIB,
		1 * GIB + 512 * MIB,
		2 * GIB - 300 * MIB,
		6 * MIB,
		50 * MIB,
	};
	uint64_t place = places[below(d, COUNT(places))];

	/* The text alias is large even where nothing can be split. */
	if (!w->may_split && place < 10 * MIB)
		place += 800 * MIB;

	return (place >> w->granule_shift) + below(d, 1100);
}

/* Areas and modules have pages of their own, by slot. */
static uint64_t slot_page(const struct world *w, struct draft *d, unsigned slot)
{
	return ((GIB + 256 * MIB + slot * 16 * MIB) >> w->granule_shift) +
	       below(d, 64);
}

static uint64_t some_pages(const struct world *w, struct draft *d)
{
	static const uint64_t counts[] = { 1, 2, 15, 16, 17, 128, 512, 700 };

	return w->wide_ranges ? counts[below(d, COUNT(counts))] : 1;
}

/* Start or end what slot @op->slot is used for. */
static void use_slot(const struct world *w, struct draft *d, struct op *op)
{
	static const enum op_kind starts[] = { OP_VMALLOC, OP_MODULE_LOAD,
					       OP_SECRET_MAP };
	enum op_kind *used = &d->used[op->slot];

	op->page = slot_page(w, d, op->slot);
	if (!*used) {
		*used = starts[below(d, w->direct ? 3 : 2)];
		op->kind = *used;
		op->pages = *used == OP_VMALLOC ? 1 + below(d, MAX_AREA)
						: 1 + below(d, 4);
		if (*used == OP_MODULE_LOAD)
			op->pages = 8;
		return;
	}
	op->kind = *used == OP_VMALLOC       ? OP_VFREE
		   : *used == OP_MODULE_LOAD ? OP_MODULE_UNLOAD
					     : OP_SECRET_UNMAP;
	*used = OP_SPLIT;
}

static struct op some_op(const struct world *w, struct draft *d)
{
	struct op op = { .page = some_page(w, d),
			 .pages = 1,
			 .slot = (unsigned)below(d, MAX_SLOTS) };
	const uint64_t dice = below(d, 100);

	if (dice < 12) {
		op.kind = OP_SPLIT;
		op.pages = 1 + below(d, 2000);
	} else if (dice < 28) {
		op.kind = OP_INVALID;
	} else if (dice < 36) {
		op.kind = OP_DEFAULT;
	} else if (dice < 52 && w->direct && w->version != VMSA_LINUX_V2) {
		/* The second posted version did not split for these. */
		op.kind = dice < 44 ? OP_SET_VALID : OP_SET_INVALID;
		op.pages = some_pages(w, d);
	} else if (dice < 75 && d->used[op.slot] == OP_VMALLOC) {
		op.kind = OP_SET_MEMORY;
		op.set = (enum vmsa_set_memory)below(d, VMSA_NR_SET_MEMORY);
		op.page = 0;
	} else if (dice < 94) {
		use_slot(w, d, &op);
	} else {
		op.kind = d->hot[op.slot] ? OP_HOT_REMOVE : OP_HOT_ADD;
		d->hot[op.slot] = !d->hot[op.slot];
	}
	return op;
}

/* Some pages of an area, which is only known to have at least one. */
static void make_up(struct script *s, uint64_t seed, unsigned n)
{
	struct draft d = { .seed = seed };
	uint64_t pages[MAX_SLOTS] = { 0 };

	for (s->n = 0; s->n < n;) {
		struct op op = some_op(s->world, &d);

		if (op.kind == OP_VMALLOC)
			pages[op.slot] = op.pages;
		if (op.kind == OP_SET_MEMORY) {
			op.page = below(&d, pages[op.slot]);
			op.pages = 1 + below(&d, pages[op.slot] - op.page);
		}
		/* Failures before what leaves all as it was. */
		if ((op.kind == OP_INVALID || op.kind == OP_SET_INVALID) &&
		    !below(&d, 4))
			s->op[s->n++] =
				(struct op){ .kind = OP_FAIL,
					     .pages = 1 + below(&d, 2) };
		s->op[s->n++] = op;
		/* An alarm that did not go off is cancelled. */
		if (s->n > 1 && s->op[s->n - 2].kind == OP_FAIL)
			s->op[s->n++] = (struct op){ .kind = OP_FAIL };
	}
}

/* --- running one --------------------------------------------------------- */

struct trial {
	const struct script *script;
	struct flat flat;
	struct watch watch;
	bool booted;
	unsigned next; /* op */
	const char *broken;
};

/* Calls that return with nothing stale in any TLB (property 8). */
static bool flushes(const struct op *op)
{
	switch (op->kind) {
	case OP_SET_INVALID:
	case OP_SET_VALID:
	case OP_SET_MEMORY:
	case OP_HOT_ADD:
	case OP_HOT_REMOVE:
	case OP_SECRET_MAP:
	case OP_VFREE:
	case OP_MODULE_LOAD:
	case OP_MODULE_UNLOAD:
		return true;
	default:
		return false;
	}
}

static void begin(struct trial *t, const struct vmsa_linux *l)
{
	flat_open(&t->flat, t->script->world, l);
	t->watch.g = *vmsa_space_geometry(vmsa_linux_space(l));
	t->watch.may_split = t->script->world->may_split;
	t->watch.bare_tables = t->script->world->version == VMSA_LINUX_V2;
	assert_int_equal(vmsa_space_observe(vmsa_linux_space(l), watch_event,
					    &t->watch),
			 0);
	t->booted = true;
}

/* Which errors a statement may give: those that were asked for. */
static const char *judge(const struct trial *t, const struct op *op, int ret)
{
	const bool asked =
		t->next >= 2 && t->script->op[t->next - 2].kind == OP_FAIL;

	if (ret && !(ret == -ENOMEM && asked))
		return "it failed";
	if (flushes(op) && !ret && t->watch.nr_stale)
		return "a TLB may still use what it must not";
	return t->watch.broken;
}

static int after_step(void *arg, const struct vmsa_scenario_step *step)
{
	struct trial *t = arg;
	const struct op *op;

	if (!t->booted) {
		if (!strcmp(step->text, "boot"))
			begin(t, step->sys);
		return 0;
	}
	op = &t->script->op[t->next++];
	t->broken = judge(t, op, step->ret);
	flat_apply(&t->flat, op, step->ret);
	if (!t->broken && op->kind != OP_FAIL)
		t->broken = flat_compare(&t->flat, op, step->sys);
	if (!t->broken && t->script->extra)
		t->broken = t->script->extra(&t->flat);
	watch_start(&t->watch);
	return t->broken ? 1000 : 0;
}

/* NULL, or the rule that was broken; *@at is the statement that did. */
static const char *try_script(const struct script *s, unsigned *at)
{
	struct trial *t = calloc(1, sizeof(*t));
	struct vmsa_scenario *scenario = NULL;
	struct vmsa_error err = { .text = "" };
	char *text = script_text(s);
	const char *broken;

	assert_non_null(t);
	t->script = s;
	assert_int_equal(vmsa_scenario_parse(text, "random", &scenario, &err),
			 0);
	vmsa_scenario_run(scenario, after_step, t, &err);
	vmsa_scenario_destroy(scenario);
	free(text);
	broken = t->broken;
	*at = t->next;
	flat_close(&t->flat);
	free(t);
	return broken;
}

/* Leave out pieces, large ones first, as long as the same rule is broken. */
static void shrink(struct script *s, const char *broken)
{
	for (unsigned piece = s->n / 2 + 1; piece; piece /= 2) {
		for (unsigned i = 0; i < s->n;) {
			struct script *less = malloc(sizeof(*less));
			const unsigned n = s->n - i < piece ? s->n - i : piece;
			const char *now;
			unsigned at;

			assert_non_null(less);
			*less = *s;
			memmove(&less->op[i], &less->op[i + n],
				(s->n - i - n) * sizeof(s->op[0]));
			less->n -= n;
			now = try_script(less, &at);
			if (now && !strcmp(now, broken)) {
				*s = *less;
				s->n = at;
			} else {
				i += n;
			}
			free(less);
		}
	}
}

static void must_hold(struct script *s)
{
	unsigned at;
	const char *broken = try_script(s, &at);
	char *text;

	if (!broken)
		return;
	s->n = at;
	shrink(s, broken);
	text = script_text(s);
	print_message("# %s\n%s", broken, text);
	free(text);
	fail_msg("%s: %s", s->world->name, broken);
}

/* Properties 1 to 11, in every world. */
static void random_scripts_keep_every_property(void **state)
{
	struct script *s = calloc(1, sizeof(*s));

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < COUNT(worlds); i++) {
		print_message("%s\n", worlds[i].name);
		for (uint64_t seed = 1; seed <= 3; seed++) {
			s->world = &worlds[i];
			make_up(s, seed * 7919 + i, 120);
			must_hold(s);
		}
	}
	free(s);
}

/* --- the shrinker itself ------------------------------------------------- */

/* A rule that is not one: the first page of the second GiB stays valid. */
static const char *page_stays_valid(const struct flat *f)
{
	return f->linear[GIB >> 12].valid ? NULL : "the page is gone";
}

static void failure_shrinks_to_its_shortest_script(void **state)
{
	struct script *s = calloc(1, sizeof(*s));
	unsigned at;
	char *text;

	(void)state;
	assert_non_null(s);
	s->world = &worlds[0];
	make_up(s, 4242, 60);
	s->op[40] = (struct op){ .kind = OP_INVALID,
				 .page = (GIB >> 12),
				 .pages = 1 };
	s->extra = page_stays_valid;
	assert_string_equal(try_script(s, &at), "the page is gone");
	shrink(s, "the page is gone");
	text = script_text(s);
	assert_string_equal(text, "memory 0x40000000+2G\ncpu bbm=3\n"
				  "kernel v7.3\nboot\n"
				  "set_direct_map_invalid pa:0x80000000\n");
	free(text);
	free(s);
}

/* --- 12 ------------------------------------------------------------------ */

struct calls {
	struct vmsa_linux_map v[16];
	size_t n;
};

static void note_call(void *arg, const struct vmsa_linux_map *map)
{
	struct calls *c = arg;

	if (c->n < COUNT(c->v))
		c->v[c->n++] = *map;
}

static uint64_t hash_table(const struct tables *t, vmsa_pa pa, int level)
{
	const unsigned log2_entries =
		level == tables_start_level(t)
			? t->va_bits - tables_shift(t, level)
			: t->granule_shift - 3;
	const vmsa_desc *table = vmsa_memory_frame(t->memory, pa);
	uint64_t hash = 14695981039346656037u;

	for (unsigned i = 0; i < 1u << log2_entries; i++) {
		hash = (hash ^ table[i]) * 1099511628211u;
		if (level < 3 && (table[i] & 3) == 3)
			hash ^= hash_table(t, tables_oa(t, table[i]),
					   level + 1);
	}
	return hash;
}

static void booting_again_changes_nothing(void **state)
{
	static const struct {
		enum vmsa_linux_version version;
		unsigned granule_shift, va_bits;
	} rows[] = {
		{ VMSA_LINUX_V7_3, 12, 48 },  { VMSA_LINUX_V7_3, 14, 47 },
		{ VMSA_LINUX_V7_3, 16, 48 },  { VMSA_LINUX_V7_3, 12, 39 },
		{ VMSA_LINUX_V6_12, 12, 48 }, { VMSA_LINUX_V6_12, 16, 42 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct calls calls = { .n = 0 };
		struct test_boot want = {
			.machine = { .banks = { { FLAT_BASE, 2 * GIB } },
				     .no_map = { { 0x60012000, 0x5000 } },
				     .cpu = { .bbm_level = 3 } },
			.on_map = note_call,
			.on_map_arg = &calls,
		};
		struct vmsa_linux *l;
		struct tables t;
		uint64_t before;
		size_t n;

		assert_int_equal(vmsa_linux_kernel_default(
					 rows[i].version, rows[i].granule_shift,
					 rows[i].va_bits, &want.kernel),
				 0);
		l = boot_map(&want);
		t = tables_of(l);
		n = calls.n;
		before = hash_table(&t, t.root, tables_start_level(&t));
		for (size_t c = 0; c < n; c++)
			assert_int_equal(
				vmsa_linux_map(l, &calls.v[c], VMSA_LATE), 0);
		assert_u64_equal(hash_table(&t, t.root, tables_start_level(&t)),
				 before);
		vmsa_linux_destroy(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_scripts_keep_every_property),
		cmocka_unit_test(failure_shrinks_to_its_shortest_script),
		cmocka_unit_test(booting_again_changes_nothing),
	};

	return cmocka_run_group_tests_name("properties", tests, NULL, NULL);
}
