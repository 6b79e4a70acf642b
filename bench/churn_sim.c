/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * churn_sim.c - who changes permissions, and when
 *
 * Callers make the calls section 8.7 of docs/linear-map.md says they make, as
 * far as the linear map sees them:
 *
 *     module     text, read-only data: set_memory_ro() page by page; freed by
 *                invalid, flush, default for every page it has
 *     BPF        packs of 2 MiB of code, set_memory_rox() when a pack is made;
 *                a program only takes room in one; an empty pack is freed
 *     trampoline one page, set_memory_rox()
 *     secretmem  invalid and a flush at each fault; default when it is freed
 */
#include "churn_sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE       4096u
#define PACK_PAGES 512u
#define PACK_BYTES (PACK_PAGES * PAGE)
#define MAX_PACKS  1024u
#define DAY        86400.0
#define HOUR       3600u

const struct profile profiles[2] = {
	{ "node", 360, 68, 11, 66, 10, 160 << 10, 64 << 10, 10, 16, 144, 4,
	  30 },
	{ "ci", 30, 2880, 5, 66, 10, 160 << 10, 64 << 10, 10, 16, 144, 4, 30 },
};

/* Share of containers by lifetime in percent (Sysdig 2019), and a typical
 * lifetime in seconds: the middle of the row, 21 days for the open one. */
static const struct lifetime {
	unsigned percent;
	double seconds;
} lifetimes[] = {
	{ 22, 5 },     { 17, 35 },    { 15, 180 },    { 9, 450 },
	{ 10, 1200 },  { 4, 2700 },   { 6, 12600 },   { 3, 54000 },
	{ 8, 345600 }, { 4, 907200 }, { 4, 1814400 },
};

/* Pages of a small module by section type: those that become read-only,
 * those of init that go after a moment, and data.  Others are multiples. */
#define MODULE_RO   9u /* text 5, rodata 3, ro_after_init 1 */
#define MODULE_INIT 2u
#define MODULE_DATA 2u
#define MODULE_MAX  8u

enum what {
	CONTAINER,
	MODULE,
	TRACE,
	NR_WHATS
};

/* Something that ends: its pages go back then. */
struct thing {
	uint64_t end;
	enum what what;
	unsigned pack, jit; /* CONTAINER: where its code is, and how much */
	unsigned nr;        /* pages */
	vmsa_pa *page;
};

struct pack {
	vmsa_pa *page; /* NULL: no such pack */
	unsigned used; /* bytes */
};

struct sim {
	struct vmsa_linux *l;
	struct sim_config config;
	struct pages *pages;
	struct vmsa_collapser *collapser;
	uint64_t seed, now;
	uint64_t next[NR_WHATS]; /* when the next one starts */
	struct thing *heap;      /* by end, soonest first */
	size_t nr_things, room;
	struct pack pack[MAX_PACKS];
	struct sim_costs costs;
	int error; /* the first one */
};

/* --- costs --------------------------------------------------------------- */

static void add_since(struct vmsa_counters *sum, const struct sim *s,
		      const struct vmsa_counters *before)
{
	struct vmsa_counters now;

	vmsa_space_counters(vmsa_linux_space(s->l), &now);
	sum->stores += now.stores - before->stores;
	sum->fills += now.fills - before->fills;
	sum->tables_alloc += now.tables_alloc - before->tables_alloc;
	sum->tables_free += now.tables_free - before->tables_free;
	for (int i = 0; i < VMSA_NR_BARRIERS; i++)
		sum->barriers[i] += now.barriers[i] - before->barriers[i];
	for (int i = 0; i < VMSA_NR_TLBI_OPS; i++)
		sum->tlbi[i] += now.tlbi[i] - before->tlbi[i];
}

static void note(struct sim *s, int ret)
{
	if (ret && !s->error)
		s->error = ret;
}

/* Tell the policy of a change; what it does is on its account. */
static void changed(struct sim *s, vmsa_pa pa)
{
	struct vmsa_counters before;

	s->costs.changed++;
	if (s->config.policy == VMSA_COLLAPSE_NEVER)
		return;
	vmsa_space_counters(vmsa_linux_space(s->l), &before);
	note(s, vmsa_collapser_changed(s->collapser, vmsa_linux_va(s->l, pa),
				       PAGE));
	add_since(&s->costs.collapse, s, &before);
}

/* --- calls of the kernel ------------------------------------------------- */

static void make_ro(struct sim *s, vmsa_pa pa)
{
	struct vmsa_counters before;

	vmsa_space_counters(vmsa_linux_space(s->l), &before);
	note(s, vmsa_linux_change_range(s->l, vmsa_linux_va(s->l, pa), PAGE,
					VMSA_LEAF_AP2, VMSA_LEAF_DBM));
	add_since(&s->costs.churn, s, &before);
	s->costs.live++;
	changed(s, pa);
}

static void hide_secret(struct sim *s, vmsa_pa pa)
{
	const vmsa_va va = vmsa_linux_va(s->l, pa);
	struct vmsa_counters before;

	vmsa_space_counters(vmsa_linux_space(s->l), &before);
	note(s, vmsa_linux_direct_map_invalid(s->l, va));
	vmsa_linux_flush(s->l, va, va + PAGE);
	add_since(&s->costs.churn, s, &before);
	s->costs.live++;
	changed(s, pa);
}

/* Pages [first, @n) of @page are as boot made them again, and free. */
static void restore(struct sim *s, const vmsa_pa *page, unsigned n)
{
	struct vmsa_counters before;

	vmsa_space_counters(vmsa_linux_space(s->l), &before);
	for (unsigned i = 0; i < n; i++)
		note(s, vmsa_linux_direct_map_default(
				s->l, vmsa_linux_va(s->l, page[i])));
	add_since(&s->costs.churn, s, &before);
	for (unsigned i = 0; i < n; i++) {
		changed(s, page[i]);
		pages_give(s->pages, page[i]);
	}
}

/* vfree() of an area whose permissions were changed (8.7). */
static void vfree(struct sim *s, const vmsa_pa *page, unsigned n)
{
	const struct vmsa_linux_layout *at = vmsa_linux_layout(s->l);
	struct vmsa_counters before;

	vmsa_space_counters(vmsa_linux_space(s->l), &before);
	for (unsigned i = 0; i < n; i++)
		note(s, vmsa_linux_direct_map_invalid(
				s->l, vmsa_linux_va(s->l, page[i])));
	/* From the linear map to vmalloc: always everything. */
	vmsa_linux_flush(s->l, at->linear_start, at->page_end);
	add_since(&s->costs.churn, s, &before);
	restore(s, page, n);
}

/* --- things that end ----------------------------------------------------- */

static bool sooner(const struct sim *s, size_t a, size_t b)
{
	return s->heap[a].end < s->heap[b].end;
}

static void swap(struct sim *s, size_t a, size_t b)
{
	const struct thing t = s->heap[a];

	s->heap[a] = s->heap[b];
	s->heap[b] = t;
}

static void push(struct sim *s, struct thing t)
{
	size_t i = s->nr_things++;

	if (s->nr_things > s->room) {
		s->room = 2 * s->room + 64;
		s->heap = realloc(s->heap, s->room * sizeof(*s->heap));
		if (!s->heap)
			abort();
	}
	s->heap[i] = t;
	for (; i && sooner(s, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(s, i, (i - 1) / 2);
}

static struct thing pop(struct sim *s)
{
	const struct thing t = s->heap[0];
	size_t i = 0, child;

	s->heap[0] = s->heap[--s->nr_things];
	while ((child = 2 * i + 1) < s->nr_things) {
		child +=
			child + 1 < s->nr_things && sooner(s, child + 1, child);
		if (!sooner(s, child, i))
			break;
		swap(s, i, child);
		i = child;
	}
	return t;
}

static vmsa_pa *take_pages(struct sim *s, unsigned n)
{
	vmsa_pa *page = calloc(n ? n : 1, sizeof(*page));

	if (!page)
		abort();
	for (unsigned i = 0; i < n; i++)
		page[i] = pages_take(s->pages);
	return page;
}

/* --- BPF packs ----------------------------------------------------------- */

static void make_pack(struct sim *s, struct pack *p)
{
	p->page = take_pages(s, PACK_PAGES);
	p->used = 0;
	for (unsigned i = 0; i < PACK_PAGES; i++)
		make_ro(s, p->page[i]);
}

/* First fit; holes inside a pack are not modelled. */
static unsigned load_code(struct sim *s, unsigned bytes)
{
	unsigned i = 0;

	while (s->pack[i].page && s->pack[i].used + bytes > PACK_BYTES)
		i++;
	if (i == MAX_PACKS - 1)
		abort();
	if (!s->pack[i].page)
		make_pack(s, &s->pack[i]);
	s->pack[i].used += bytes;
	return i;
}

static void unload_code(struct sim *s, unsigned pack, unsigned bytes)
{
	struct pack *p = &s->pack[pack];

	p->used -= bytes;
	if (p->used)
		return;
	vfree(s, p->page, PACK_PAGES);
	s->costs.live -= PACK_PAGES;
	free(p->page);
	p->page = NULL;
}

/* --- starting and ending ------------------------------------------------- */

static uint64_t lifetime(struct sim *s)
{
	unsigned total = 0, pick;

	for (unsigned i = 0; i < s->config.profile->lifetimes; i++)
		total += lifetimes[i].percent;
	pick = (unsigned)(churn_rand(&s->seed) % total);
	for (const struct lifetime *l = lifetimes;; l++) {
		if (pick < l->percent)
			return (uint64_t)l->seconds;
		pick -= l->percent;
	}
}

static void start_container(struct sim *s)
{
	const struct profile *p = s->config.profile;
	struct thing t = { .what = CONTAINER,
			   .end = s->now + lifetime(s),
			   .jit = p->container_jit };

	t.pack = load_code(s, t.jit);
	if (churn_rand(&s->seed) % p->secret_every == 0)
		t.nr = p->secret_pages;
	t.page = take_pages(s, t.nr);
	for (unsigned i = 0; i < t.nr; i++)
		hide_secret(s, t.page[i]);
	push(s, t);
}

/* The pages of init are freed right after; data never changes its alias. */
static void load_module(struct sim *s, uint64_t end)
{
	const unsigned size = 1 + churn_rand(&s->seed) % MODULE_MAX;
	struct thing t = { .what = MODULE, .end = end };
	vmsa_pa *init = take_pages(s, MODULE_INIT * size);

	t.nr = (MODULE_RO + MODULE_DATA) * size;
	t.page = take_pages(s, t.nr);
	for (unsigned i = 0; i < MODULE_RO * size; i++)
		make_ro(s, t.page[i]);
	for (unsigned i = 0; i < MODULE_INIT * size; i++)
		make_ro(s, init[i]);
	vfree(s, init, MODULE_INIT * size);
	s->costs.live -= MODULE_INIT * size;
	free(init);
	push(s, t);
}

static void start_trace(struct sim *s)
{
	const struct profile *p = s->config.profile;
	struct thing t = { .what = TRACE,
			   .end = s->now + p->trace_seconds,
			   .nr = p->trampolines };

	t.page = take_pages(s, t.nr);
	for (unsigned i = 0; i < t.nr; i++)
		make_ro(s, t.page[i]);
	push(s, t);
}

static void start(struct sim *s, enum what what)
{
	if (what == CONTAINER)
		start_container(s);
	else if (what == MODULE)
		load_module(s, s->now + HOUR);
	else
		start_trace(s);
}

static void end(struct sim *s, struct thing t)
{
	if (t.what == CONTAINER) {
		restore(s, t.page, t.nr);
		s->costs.live -= t.nr;
		unload_code(s, t.pack, t.jit);
	} else {
		vfree(s, t.page, t.nr);
		s->costs.live -=
			t.what == MODULE
				? t.nr / (MODULE_RO + MODULE_DATA) * MODULE_RO
				: t.nr;
	}
	free(t.page);
}

/* --- time ---------------------------------------------------------------- */

static double rate(const struct sim *s, enum what what)
{
	const struct profile *p = s->config.profile;

	if (what == CONTAINER)
		return p->containers_a_day;
	return what == MODULE ? p->modules_a_day : p->traces_a_day;
}

/* Starts are a Poisson process: gaps are exponential. */
static void schedule(struct sim *s, enum what what)
{
	const double u = (double)((churn_rand(&s->seed) >> 11) + 1) * 0x1p-53;

	s->next[what] = s->now + 1 + (uint64_t)(-log(u) * DAY / rate(s, what));
}

static void tick(struct sim *s)
{
	struct vmsa_counters before;

	if (s->config.policy != VMSA_COLLAPSE_PERIODIC)
		return;
	vmsa_space_counters(vmsa_linux_space(s->l), &before);
	note(s, vmsa_collapser_tick(s->collapser, s->now));
	add_since(&s->costs.collapse, s, &before);
}

int sim_run(struct sim *s, uint64_t until)
{
	for (;;) {
		enum what what = CONTAINER;

		for (enum what w = MODULE; w < NR_WHATS; w++) {
			if (s->next[w] < s->next[what])
				what = w;
		}
		if (s->nr_things && s->heap[0].end <= s->next[what]) {
			if (s->heap[0].end > until)
				break;
			s->now = s->heap[0].end;
			end(s, pop(s));
		} else {
			if (s->next[what] > until)
				break;
			s->now = s->next[what];
			start(s, what);
			schedule(s, what);
		}
		tick(s);
	}
	s->now = until;
	return s->error;
}

static void boot(struct sim *s)
{
	const struct profile *p = s->config.profile;

	for (enum what w = CONTAINER; w < NR_WHATS; w++)
		schedule(s, w);
	for (unsigned i = 0; i < p->modules; i++)
		load_module(s, UINT64_MAX);
	load_code(s, p->boot_jit);
	tick(s);
}

struct sim *sim_create(struct vmsa_linux *l, struct vmsa_range bank,
		       const struct sim_config *config)
{
	const struct vmsa_collapser_config cc = {
		.policy = config->policy,
		.threshold = config->threshold,
		.period = config->period,
		.collapse = VMSA_COLLAPSE_CONFIG_DEFAULT,
	};
	struct sim *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->l = l;
	s->config = *config;
	s->seed = config->seed;
	s->pages = pages_create(config->placement, bank, config->seed + 1);
	if (!s->pages || vmsa_collapser_create(l, &cc, &s->collapser)) {
		sim_destroy(s);
		return NULL;
	}
	boot(s);
	return s;
}

void sim_destroy(struct sim *s)
{
	if (!s)
		return;
	while (s->nr_things)
		free(s->heap[--s->nr_things].page);
	for (unsigned i = 0; i < MAX_PACKS; i++)
		free(s->pack[i].page);
	free(s->heap);
	vmsa_collapser_destroy(s->collapser);
	pages_destroy(s->pages);
	free(s);
}

void sim_costs(const struct sim *s, struct sim_costs *out)
{
	*out = s->costs;
	vmsa_collapser_stats(s->collapser, &out->calls, &out->stats);
}
