/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * explore_repaint_test.c - what each event of a repaint is for
 *
 * CPU 0 may change sizes live (level 3), CPU 1 may not (level 0): the linear
 * map becomes pages, by CPU 0, while CPU 1 is kept out of it.  Each event is
 * left out once; what that shows is argued by what the event is.
 */
#include "linux/collapse/world.h"

#include "vmsa/bbm/explore.h"

/* clang-format off */
#define I1    VMSA_I1_NO_FAULT
#define STALE VMSA_I3_STALE
#define I4    VMSA_I4_COEXIST
#define I5    VMSA_I5_FILLED
#define CONTIGUOUS VMSA_LEAF_CONTIGUOUS
/* clang-format on */

/* 36 blocks, of which the kernel's text keeps its 17. */
static const struct world small = { .version = VMSA_LINUX_V7_3,
				    .granule_shift = 12,
				    .va_bits = 48,
				    .tlb_range = true,
				    .size = 72 * MIB };

struct painted {
	struct vmsa_linux *l;
	struct vmsa_program *p;
};

static struct painted repaint(void)
{
	const struct test_boot boot = world_describe(&small);
	const struct vmsa_cpu plain = { .midr = 0x410fd083, .pa_bits = 48 };
	struct painted r = { .l = boot_map(&boot) };

	vmsa_linux_start_allocator(r.l);
	assert_int_equal(vmsa_linux_online_cpu(r.l, &plain), 0);
	assert_int_equal(vmsa_program_record(vmsa_linux_space(r.l), &r.p), 0);
	assert_int_equal(vmsa_linux_finalise_cpus(r.l), 0);
	assert_int_equal(vmsa_program_stop(r.p), 0);
	return r;
}

static void forget(struct painted *r)
{
	vmsa_program_destroy(r->p);
	vmsa_linux_destroy(r->l);
}

/* --- what is expected ---------------------------------------------------- */

/* By CPU 0 at level 3 and CPU 1 at level 0. */
struct expected {
	unsigned by[2];
};

static bool is_link(const struct vmsa_event *e)
{
	return e->kind == VMSA_EVENT_STORE && e->level == 2 &&
	       (e->u.store.desc & VMSA_DESC_TYPE) == 3;
}

/*
 * An entry that is never filled faults for everybody.  A table that is linked
 * too early is seen so by CPU 0 alone.  A block that stays large translates as
 * its pages do; so does a group of which one member keeps its Contiguous bit,
 * but level 0 has no use for such a mixture (R_NGLXZ).  What CPU 1 does on its
 * way out is for CPU 1, up to its DSB; when it is back there is nothing left
 * that the flush of CPU 0 could take from it.
 */
static struct expected expect(const struct vmsa_program *p, size_t event)
{
	const struct vmsa_event *e = vmsa_program_event(p, event - 1);

	if (e->kind == VMSA_EVENT_FILL)
		return (struct expected){ { I1 | STALE, I1 | STALE } };
	if (e->kind == VMSA_EVENT_BARRIER && e->u.barrier == VMSA_DSB_ISHST &&
	    is_link(vmsa_program_event(p, event)))
		return (struct expected){ { I1 | I5, 0 } };
	if (e->kind == VMSA_EVENT_STORE && e->u.store.old & CONTIGUOUS)
		return (struct expected){ { 0, I4 } };
	if (event == 2 || event == 3 || event == 4) /* ISB, TLBI, DSB NSH */
		return (struct expected){ { 0, I4 } };
	return (struct expected){ { 0, 0 } };
}

/* --- exploring ----------------------------------------------------------- */

static unsigned seen(const struct vmsa_program *p, unsigned pe, size_t leave,
		     const vmsa_va *probes, size_t n)
{
	const struct vmsa_explore_options options = {
		.bbm = pe ? 0 : 3,
		.observers = VMSA_OBSERVER_SELF,
		.self = 1 + pe,
		.alone = "repaint",
		.leave_out = leave,
		.probes = probes,
		.nr_probes = n,
	};
	struct vmsa_explore_result result;

	assert_int_equal(vmsa_explore(p, &options, &result), 0);
	assert_null(result.bound);
	return result.seen;
}

/* Nobody notices, at any of the addresses that change. */
static void a_repaint_is_safe(void **state)
{
	struct painted r = repaint();

	(void)state;
	assert_int_equal(seen(r.p, 0, 0, NULL, 0), 0);
	assert_int_equal(seen(r.p, 1, 0, NULL, 0), 0);
	forget(&r);
}

/* It is CPU 1's absence that makes it so. */
static void without_the_absence_sizes_clash(void **state)
{
	const struct vmsa_explore_options options = {
		.observers = VMSA_OBSERVER_SELF, .self = 1 + 1
	};
	struct vmsa_explore_result result;
	struct painted r = repaint();

	(void)state;
	assert_int_equal(vmsa_explore(r.p, &options, &result), 0);
	assert_int_equal(result.broken & I4, I4);
	forget(&r);
}

/*
 * Addresses where an event could matter: what a store concerns, its first page
 * and its last, and pages of the first block, the last, and of groups of PTEs.
 */
static size_t probes_of(const struct painted *r, size_t event, vmsa_va out[9])
{
	const size_t last = vmsa_program_count(r->p) - 1;
	const struct vmsa_event *e = vmsa_program_event(r->p, event - 1);
	const vmsa_va start = vmsa_linux_layout(r->l)->linear_start;
	const uint64_t image = IMAGE - RAM;
	size_t n = 0;

	out[n++] = start;
	out[n++] = start + 4096;
	out[n++] = start + small.size - 2 * MIB;
	out[n++] = start + small.size - 4096;
	out[n++] = start + image + 0x2350000; /* __init_begin */
	out[n++] = start + image + 0x2351000;
	/* A barrier is about the store behind it. */
	if (e->kind == VMSA_EVENT_BARRIER && event <= last)
		e = vmsa_program_event(r->p, event);
	if (e->kind == VMSA_EVENT_STORE || e->kind == VMSA_EVENT_FILL) {
		out[n++] = e->u.store.va;
		out[n++] = e->u.store.va ^ 4096; /* of the same group */
		out[n++] = e->u.store.va +
			   (e->level == 2 ? 2 * MIB : 4096) * e->u.store.count -
			   4096;
	}
	return n;
}

static void what_each_event_of_a_repaint_is_for(void **state)
{
	struct painted r = repaint();

	(void)state;
	assert_true(vmsa_program_count(r.p) > 700);
	for (size_t i = 1; i <= vmsa_program_count(r.p); i++) {
		const struct expected e = expect(r.p, i);
		vmsa_va va[9];
		const size_t n = probes_of(&r, i, va);

		for (unsigned pe = 0; pe < 2; pe++) {
			if (seen(r.p, pe, i, va, n) != e.by[pe])
				fail_msg("CPU %u without event %zu: %#x", pe, i,
					 seen(r.p, pe, i, va, n));
		}
	}
	forget(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_repaint_is_safe),
		cmocka_unit_test(without_the_absence_sizes_clash),
		cmocka_unit_test(what_each_event_of_a_repaint_is_for),
	};

	return cmocka_run_group_tests_name("explore_repaint", tests, NULL,
					   NULL);
}
