/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk_model_test.c - random regimes, tables and accesses, two walkers
 *
 * Memory is a function of address and seed, so every seed is another tree as
 * large as the address space.  Values are drawn so that walks get far: a
 * plain random register would fault at once.  The counts at the end see to it
 * that every outcome really was met.
 */
#include "support/vmsa_test.h"

#include "arch/slow_walk.h"

#define QUERIES 400000

/* A stateless hash: the finaliser of splitmix64. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* One time in @n. */
static int once_in(uint64_t *seed, unsigned n)
{
	return test_rand(seed) >> 20 & 0xffffff
		       ? (test_rand(seed) >> 8) % n == 0
		       : 0;
}

/* A descriptor: any attributes, an address that is mostly small. */
static uint64_t tree(uint64_t seed, uint64_t at)
{
	const uint64_t h = mix(seed ^ mix(at));
	const unsigned dice = (unsigned)(mix(h) >> 40) & 255;
	uint64_t d = h & ~UINT64_C(3);

	if (dice < 200)
		d &= ~(UINT64_C(0x3ffff) << 32); /* address bits 49:32 */
	if (dice < 160)
		d &= ~(UINT64_C(0xf) << 12); /* 64K: address bits 51:48 */
	if (dice % 8 < 6)
		d &= ~(UINT64_C(3) << 8); /* LPA2: address bits 51:50 */
	if (dice % 16 < 13)
		d |= UINT64_C(1) << 10; /* AF */
	if (dice % 16 < 11)
		return d | 3;
	return d | (dice % 16 < 15 ? 1 : 2);
}

static int tree_read(void *arg, vmsa_pa at, vmsa_desc *out)
{
	*out = tree(*(uint64_t *)arg, at);
	return 0;
}

static void random_features(struct vmsa_features *f, uint64_t *seed)
{
	static const uint8_t sizes[] = { 32, 36, 40, 42, 44, 48, 52, 52, 52 };
	static const struct vmsa_features all = VMSA_FEATURES_ALL;
	const uint64_t r = test_rand(seed);

	*f = all;
	f->pa_bits = sizes[(r >> 8) % COUNT(sizes)];
	f->lpa = f->pa_bits == 52;
	f->bbm = r >> 16 & 3;
	f->granule_4k = r >> 18 & 7;
	f->granule_16k = r >> 21 & 7;
	f->granule_64k = r >> 24 & 7 || !(f->granule_4k || f->granule_16k);
	f->lpa2_4k = r >> 27 & 3;
	f->lpa2_16k = r >> 29 & 3;
	f->lva = r >> 31 & 3;
	f->ttst = r >> 33 & 3;
	f->haf = r >> 35 & 3;
	f->dbm = r >> 37 & 3;
	f->haft = r >> 39 & 1;
	f->hpds = r >> 40 & 3;
	f->pan = r >> 42 & 3;
	f->epan = r >> 44 & 1;
	f->e0pd = r >> 45 & 1;
	f->sve = r >> 46 & 1;
	f->pauth = r >> 47 & 1;
	f->mte = r >> 48 & 1;
	f->mtx = r >> 49 & 1;
	f->xs = r >> 50 & 1;
	f->contiguous = r >> 51 & 3;
}

static void random_policy(struct vmsa_policy *p, uint64_t *seed)
{
	const uint64_t r = test_rand(seed);

	*p = (struct vmsa_policy){
		.txsz_small = (enum vmsa_txsz_policy)(r >> 8 & 1),
		.txsz_large = (enum vmsa_txsz_policy)(r >> 9 & 1),
		.nt = (enum vmsa_nt_policy)(r >> 10 & 1),
		.contiguous = (enum vmsa_contiguous_policy)(r >> 11 & 1),
		.span = (enum vmsa_span_policy)(r >> 12 & 1),
		.lpa_table = (enum vmsa_lpa_policy)(r >> 13 & 1),
		.lpa_leaf = (enum vmsa_lpa_policy)(r >> 14 & 1),
		.af_on_fault = (enum vmsa_af_policy)(r >> 15 & 1),
		.af_at = (enum vmsa_af_policy)(r >> 16 & 1),
		.reserved_granule = (uint8_t)(10 + 2 * (r >> 17 & 3)),
	};
}

/* A TxSZ that is mostly legal. */
static uint64_t random_txsz(uint64_t *seed)
{
	if (once_in(seed, 12))
		return test_rand(seed) >> 9 & 63;
	return 16 + (test_rand(seed) >> 9) % 28;
}

static void random_registers(struct vmsa_registers *reg, uint64_t *seed)
{
	/* EPD, NFD, E0PD of both halves: mostly off. */
	const uint64_t stops =
		UINT64_C(1) << 7 | UINT64_C(1) << 23 | UINT64_C(15) << 53;

	*reg = (struct vmsa_registers){
		.kind = once_in(seed, 8) ? VMSA_REGIME_EL2 : VMSA_REGIME_EL10,
		.sctlr = test_rand(seed) | 1,
		.tcr = test_rand(seed),
		.tcr2 = test_rand(seed) & UINT64_C(1) << 11,
		.mair = test_rand(seed),
		.ttbr0 = test_rand(seed),
		.ttbr1 = test_rand(seed),
	};
	reg->tcr &= ~(UINT64_C(63) | UINT64_C(63) << 16);
	reg->tcr |= random_txsz(seed) | random_txsz(seed) << 16;
	if (!once_in(seed, 8))
		reg->tcr &= ~stops;
	if (!once_in(seed, 4)) {
		reg->ttbr0 &= ~(UINT64_C(0xffff) << 32 | 0x3e);
		reg->ttbr1 &= ~(UINT64_C(0xffff) << 32 | 0x3e);
	}
	if (reg->kind == VMSA_REGIME_EL2) /* PS, TBI, HA, ... anything */
		reg->tcr ^= test_rand(seed) & UINT64_C(0xffff0000);
}

static void random_access(struct vmsa_access *x, uint64_t tcr, uint64_t *seed)
{
	const uint64_t r = test_rand(seed);
	const int upper = r >> 8 & 1;
	const unsigned ia = 64 - (tcr >> 16 * upper & 63);

	*x = (struct vmsa_access){
		.va = test_rand(seed),
		.kind = (enum vmsa_access_kind)((r >> 16) % 3),
		.intent = (enum vmsa_intent)((r >> 24) % 3),
		.align = (uint8_t)(r >> 32 & 1 ? 1u << (r >> 33 & 3) : 0),
		.el0 = r >> 36 & 1,
		.pan = r >> 37 & 1,
		.non_fault = r >> 38 & 1,
	};
	/* Mostly canonical: copies of the half above the input size. */
	if (!once_in(seed, 6) && ia < 64) {
		x->va &= (UINT64_C(1) << ia) - 1;
		x->va |= upper ? ~((UINT64_C(1) << ia) - 1) : 0;
	}
	if (once_in(seed, 6)) /* a tag */
		x->va ^= test_rand(seed) << 56;
}

/* One question, drawn as above. */
static struct question random_question(uint64_t *seed)
{
	struct question q;

	random_features(&q.feat, seed);
	random_policy(&q.policy, seed);
	random_registers(&q.reg, seed);
	random_access(&q.access, q.reg.tcr, seed);
	return q;
}

/* Compare everything that both walkers say; which differed, or NULL. */
static const char *difference(const struct vmsa_walk *w,
			      const struct slow_answer *a)
{
	uint64_t digest = 0;

	for (int i = 0; i < w->steps; i++)
		digest = slow_digest(digest, w->step[i].at, w->step[i].desc);
	if (w->fault != a->fault)
		return "fault";
	if (w->level != a->level)
		return "level";
	if (w->steps != a->reads)
		return "steps";
	if (w->pa != a->pa)
		return "pa";
	if (w->cacheable != a->cacheable)
		return "cacheable";
	if (digest != a->digest)
		return "descriptors";
	if (!w->state.leaf)
		return NULL;
	if (w->attr.perm != a->perm)
		return "permissions";
	if (w->attr.sh != a->sh || w->attr.memory.raw != a->raw)
		return "memory type";
	if (w->attr.ng != a->ng || w->step[w->steps - 1].global == a->ng)
		return "nG";
	return w->attr.contiguous != a->group ? "contiguous" : NULL;
}

/* Ask both walkers one question. */
static struct vmsa_walk ask(const struct question *q, uint64_t tree_seed)
{
	const struct vmsa_walk_ops ops = { .read = tree_read,
					   .arg = &tree_seed };
	const struct slow_answer a = slow_walk(q, tree, tree_seed);
	struct vmsa_regime r;
	struct vmsa_walk w;
	const char *what;

	assert_int_equal(vmsa_regime_from_registers(&q->reg, &q->feat,
						    &q->policy, &r),
			 0);
	assert_int_equal(vmsa_walk(&r, &ops, &q->access, &w), 0);
	what = difference(&w, &a);
	if (what)
		fail_msg("%s: seed %#llx tcr %#llx va %#llx: %s level %d "
			 "pa %#llx, slow %s level %d pa %#llx",
			 what, (unsigned long long)tree_seed,
			 (unsigned long long)q->reg.tcr,
			 (unsigned long long)q->access.va,
			 vmsa_fault_name(w.fault), w.level,
			 (unsigned long long)w.pa, vmsa_fault_name(a.fault),
			 a.level, (unsigned long long)a.pa);
	return w;
}

/* Both walkers agree on every answer, and every kind of answer comes up. */
static void two_walkers_agree_on_random_regimes_and_trees(void **state)
{
	int faults[VMSA_NR_FAULTS] = { 0 }, levels[VMSA_LEVELS] = { 0 };
	uint64_t seed = 20260101;

	(void)state;
	for (int i = 0; i < QUERIES; i++) {
		const struct question q = random_question(&seed);
		const struct vmsa_walk w = ask(&q, test_rand(&seed));

		faults[w.fault]++;
		if (w.fault == VMSA_FAULT_NONE)
			levels[VMSA_LEVEL_SLOT(w.level)]++;
	}
	for (int f = 0; f <= VMSA_FAULT_ALIGNMENT; f++) {
		print_message("%-14s %d\n", vmsa_fault_name((enum vmsa_fault)f),
			      faults[f]);
		assert_true(faults[f] > QUERIES / 200);
	}
	for (int level = 0; level <= 3; level++) {
		print_message("level %d leaves %d\n", level,
			      levels[VMSA_LEVEL_SLOT(level)]);
		assert_true(levels[VMSA_LEVEL_SLOT(level)] > 100);
	}
}

/* Resume after each step that a whole walk took; all must end alike. */
static int resume_everywhere(const struct question *q, uint64_t tree_seed)
{
	const struct vmsa_walk_ops ops = { .read = tree_read,
					   .arg = &tree_seed };
	struct vmsa_walk whole, rest;
	struct vmsa_walk_state s;
	struct vmsa_regime r;
	int resumed = 0;

	vmsa_regime_from_registers(&q->reg, &q->feat, &q->policy, &r);
	vmsa_walk(&r, &ops, &q->access, &whole);
	if (vmsa_walk_begin(&r, &q->access, &s) != VMSA_FAULT_NONE)
		return 0;
	for (int i = 0; i < whole.steps; i++) {
		const vmsa_pa at = vmsa_walk_entry(&r, &s, q->access.va);

		vmsa_walk_resume(&r, &ops, &q->access, &s, &rest);
		assert_int_equal(rest.steps, whole.steps - i);
		assert_u64_equal(at, whole.step[i].at);
		assert_int_equal(rest.fault, whole.fault);
		assert_int_equal(rest.level, whole.level);
		assert_u64_equal(rest.pa, whole.pa);
		assert_int_equal(rest.attr.perm, whole.attr.perm);
		assert_int_equal(rest.attr.ns, whole.attr.ns);
		resumed++;
		if (vmsa_walk_step(&r, q->access.va, tree(tree_seed, at), &s) !=
		    VMSA_FAULT_NONE)
			break;
	}
	return resumed;
}

/* A walk cache may start a walk at any level of the way. */
static void a_resumed_walk_ends_like_a_whole_one(void **state)
{
	uint64_t seed = 4711;
	int resumed = 0;

	(void)state;
	for (int i = 0; i < QUERIES / 8; i++) {
		const struct question q = random_question(&seed);

		resumed += resume_everywhere(&q, test_rand(&seed));
	}
	assert_true(resumed > QUERIES / 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_walkers_agree_on_random_regimes_and_trees),
		cmocka_unit_test(a_resumed_walk_ends_like_a_whole_one),
	};

	return cmocka_run_group_tests_name("walk_model", tests, NULL, NULL);
}
