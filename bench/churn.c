/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * churn.c - does the linear map rot?
 *
 *     churn [--json FILE] [--data FILE] [--days N] [--seed N] MACHINE.dtb
 *
 * Boots a machine, lets it live through months of modules, BPF programs and
 * secret memory, once for each way of choosing pages and each collapse policy,
 * and prints what the map consists of as time goes by, and what it cost.
 * Nothing is timed: all figures are counts and the same on every host.
 *
 * --json appends an object per sample, --data writes columns that
 * scripts/churn.gp plots.  docs/churn.md has the assumptions and the answer.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "churn_sim.h"

#define DAY       UINT64_C(86400)
#define BATCH     512
#define PERIOD    (6 * 3600) /* seconds */
#define MAX_ERROR 512

/* Leaf sizes of the 4K granule, largest first. */
enum size {
	SIZE_1G,
	SIZE_32M,
	SIZE_2M,
	SIZE_64K,
	SIZE_4K,
	NR_SIZES
};

static const char *const size_names[NR_SIZES] = { "1G", "32M", "2M", "64K",
						  "4K" };

/* What the linear map consists of. */
struct shape {
	uint64_t bytes[NR_SIZES]; /* valid */
	uint64_t total;
	uint64_t entries; /* TLB entries that cover all of it */
	uint64_t table_bytes;
};

struct options {
	FILE *json, *data;
	unsigned days;
	uint64_t seed;
	const char *machine;
};

struct run {
	const struct options *options;
	struct vmsa_machine *machine;
	struct vmsa_linux *l;
	struct sim *sim;
	struct sim_config config;
	unsigned reach_entries; /* of the CPU's last-level data TLB */
};

/* --- measure ------------------------------------------------------------- */

static int count_run(void *arg, const struct vmsa_entry *e)
{
	struct shape *s = arg;
	const bool cont = e->desc & VMSA_LEAF_CONTIGUOUS;
	enum size size = SIZE_4K;

	if (e->type == VMSA_DESC_TYPE_INVALID)
		return 0;
	if (e->level == 1)
		size = SIZE_1G;
	else if (e->level == 2)
		size = cont ? SIZE_32M : SIZE_2M;
	else if (cont)
		size = SIZE_64K;
	s->bytes[size] += e->count * e->span;
	s->total += e->count * e->span;
	s->entries += cont ? e->count / 16 : e->count;
	return 0;
}

static struct shape measure(const struct run *r)
{
	const struct vmsa_linux_layout *at = vmsa_linux_layout(r->l);
	struct vmsa_memory_stats m;
	struct shape s = { 0 };

	vmsa_visit(vmsa_linux_space(r->l), at->linear_start, at->page_end - 1,
		   0, count_run, &s);
	vmsa_memory_stats(vmsa_linux_memory(r->l), &m);
	for (int i = 0; i < VMSA_LEVELS; i++)
		s.table_bytes += m.live[i] << 12;
	return s;
}

/* --- report -------------------------------------------------------------- */

static double percent(const struct shape *s, enum size size)
{
	return 100.0 * (double)s->bytes[size] / (double)s->total;
}

/* What so many entries reach when they hold leaves drawn at random. */
static double reach_mib(const struct run *r, const struct shape *s)
{
	const double mean = (double)s->total / (double)s->entries;
	const double all = r->reach_entries * mean;

	return (all < (double)s->total ? all : (double)s->total) / 0x1p20;
}

static void print_shape(const struct run *r, unsigned day,
			const struct shape *s, const struct sim_costs *c)
{
	printf("    %4u", day);
	for (enum size i = SIZE_1G; i < NR_SIZES; i++)
		printf(" %7.3f", percent(s, i));
	printf(" %8.2f %8" PRIu64 " %10.0f %8" PRIu64 "\n",
	       (double)s->table_bytes / 0x1p20, s->entries, reach_mib(r, s),
	       c->live);
}

static uint64_t tlbis(const struct vmsa_counters *c)
{
	uint64_t n = 0;

	for (int i = 0; i < VMSA_NR_TLBI_OPS; i++)
		n += c->tlbi[i];
	return n;
}

static void print_cost(const char *who, const struct vmsa_counters *c)
{
	printf("    %-9s %10" PRIu64 " stores %9" PRIu64 " TLBI %9" PRIu64
	       " DSB ISH %9" PRIu64 " DSB ISHST %8" PRIu64
	       " tables made %8" PRIu64 " freed\n",
	       who, c->stores, tlbis(c), c->barriers[VMSA_DSB_ISH],
	       c->barriers[VMSA_DSB_ISHST], c->tables_alloc, c->tables_free);
}

static void json_cost(FILE *f, const char *who, const struct vmsa_counters *c)
{
	fprintf(f,
		",\"%s\":{\"stores\":%" PRIu64 ",\"tlbi\":%" PRIu64
		",\"dsb_ish\":%" PRIu64 ",\"dsb_ishst\":%" PRIu64
		",\"isb\":%" PRIu64 ",\"tables_made\":%" PRIu64
		",\"tables_freed\":%" PRIu64 "}",
		who, c->stores, tlbis(c), c->barriers[VMSA_DSB_ISH],
		c->barriers[VMSA_DSB_ISHST], c->barriers[VMSA_ISB],
		c->tables_alloc, c->tables_free);
}

static void json_sample(const struct run *r, unsigned day,
			const struct shape *s, const struct sim_costs *c)
{
	FILE *f = r->options->json;

	if (!f)
		return;
	fprintf(f,
		"{\"bench\":\"churn\",\"profile\":\"%s\",\"placement\":\"%s\","
		"\"policy\":\"%s\",\"seed\":%" PRIu64 ",\"day\":%u,\"bytes\":{",
		r->config.profile->name, placement_name(r->config.placement),
		vmsa_collapse_policy_name(r->config.policy), r->config.seed,
		day);
	for (enum size i = SIZE_1G; i < NR_SIZES; i++)
		fprintf(f, "%s\"%s\":%" PRIu64, i ? "," : "", size_names[i],
			s->bytes[i]);
	fprintf(f,
		"},\"table_bytes\":%" PRIu64 ",\"tlb_entries\":%" PRIu64
		",\"reach_mib\":%.0f,\"pages_changed\":%" PRIu64
		",\"pages_live\":%" PRIu64 ",\"collapses\":%" PRIu64
		",\"tables_read\":%" PRIu64,
		s->table_bytes, s->entries, reach_mib(r, s), c->changed,
		c->live, c->calls, c->stats.tables);
	json_cost(f, "churn", &c->churn);
	json_cost(f, "collapse", &c->collapse);
	fprintf(f, "}\n");
}

static void data_sample(const struct run *r, unsigned day,
			const struct shape *s)
{
	FILE *f = r->options->data;

	if (!f)
		return;
	fprintf(f, "%u", day);
	for (enum size i = SIZE_1G; i < NR_SIZES; i++)
		fprintf(f, " %.4f", percent(s, i));
	fprintf(f, " %.3f %" PRIu64 " %.0f\n", (double)s->table_bytes / 0x1p20,
		s->entries, reach_mib(r, s));
}

static void sample(const struct run *r, unsigned day)
{
	const struct shape s = measure(r);
	struct sim_costs c = { 0 };

	if (r->sim)
		sim_costs(r->sim, &c);
	print_shape(r, day, &s, &c);
	json_sample(r, day, &s, &c);
	data_sample(r, day, &s);
}

/* --- one run ------------------------------------------------------------- */

static int start_linux(struct run *r)
{
	struct vmsa_linux_kernel kernel;
	const struct vmsa_linux_config config = { .kernel = &kernel,
						  .machine = r->machine,
						  .image = VMSA_NO_PA,
						  .huge_pages = true };
	int ret;

	ret = vmsa_linux_kernel_default(VMSA_LINUX_V7_3, 12, 48, &kernel);
	if (!ret)
		ret = vmsa_linux_create(&config, &r->l, NULL);
	return ret ? ret : vmsa_linux_boot(r->l, r->machine);
}

static int live(struct run *r)
{
	static const unsigned days[] = { 0, 1, 7, 30, 60, 90, 180, 360 };
	size_t n;
	const struct vmsa_bank *bank = vmsa_machine_banks(r->machine, &n);
	const struct profile *p = r->config.profile;
	const unsigned asked = r->options->days;
	const unsigned last = asked < p->days ? asked : p->days;
	int ret = 0;

	/* The boot map itself, before anything is loaded. */
	sample(r, 0);
	r->sim = sim_create(r->l, bank[0].range, &r->config);
	if (!r->sim)
		return -1;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]) && !ret; i++) {
		const unsigned day = days[i] < last ? days[i] : last;

		ret = sim_run(r->sim, day * DAY);
		sample(r, day);
		if (day == last)
			break;
	}
	return ret;
}

static void print_costs(const struct run *r)
{
	struct sim_costs c;

	sim_costs(r->sim, &c);
	print_cost("churn", &c.churn);
	if (r->config.policy == VMSA_COLLAPSE_NEVER)
		return;
	print_cost("collapse", &c.collapse);
	printf("    %-9s %10" PRIu64 " calls, %" PRIu64 " tables read, %" PRIu64
	       " pages changed\n",
	       "", c.calls, c.stats.tables, c.changed);
}

static int run_one(struct run *r)
{
	int ret;

	printf("\n  %s, pages %s, collapse %s\n", r->config.profile->name,
	       placement_name(r->config.placement),
	       vmsa_collapse_policy_name(r->config.policy));
	printf("     day    1G %%   32M %%    2M %%   64K %%    4K %% "
	       "  tables  entries  reach MiB  changed\n");
	if (r->options->data)
		fprintf(r->options->data, "\n\n\"%s %s %s\"\n",
			r->config.profile->name,
			placement_name(r->config.placement),
			vmsa_collapse_policy_name(r->config.policy));
	ret = start_linux(r);
	if (!ret)
		ret = live(r);
	if (!ret)
		print_costs(r);
	sim_destroy(r->sim);
	vmsa_linux_destroy(r->l);
	r->sim = NULL;
	r->l = NULL;
	return ret;
}

static int run_all(const struct options *o, struct vmsa_machine *m)
{
	const size_t n = sizeof(profiles) / sizeof(profiles[0]);
	const unsigned combinations = NR_PLACEMENTS * VMSA_NR_COLLAPSE_POLICIES;
	size_t cpus;

	for (size_t i = 0; i < n * combinations; i++) {
		const unsigned c = (unsigned)(i % combinations);
		struct run r = {
			.options = o,
			.machine = m,
			.config = { .profile = &profiles[i / combinations],
				    .placement = c / VMSA_NR_COLLAPSE_POLICIES,
				    .policy = c % VMSA_NR_COLLAPSE_POLICIES,
				    .threshold = BATCH,
				    .period = PERIOD,
				    .seed = o->seed },
		};
		int ret;

		r.reach_entries = vmsa_machine_cpus(m, &cpus)[0].tlb.l2.entries;
		ret = run_one(&r);
		if (ret) {
			fprintf(stderr, "churn: run failed: %d\n", ret);
			return 1;
		}
	}
	return 0;
}

/* --- command line -------------------------------------------------------- */

static FILE *open_for(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (!f)
		perror(path);
	return f;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "json", required_argument, NULL, 'j' },
		{ "data", required_argument, NULL, 'p' },
		{ "days", required_argument, NULL, 'd' },
		{ "seed", required_argument, NULL, 's' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'j' && !(o->json = open_for(optarg, "a")))
			return 2;
		if (c == 'p' && !(o->data = open_for(optarg, "w")))
			return 2;
		if (c == 'd')
			o->days = (unsigned)strtoul(optarg, NULL, 10);
		if (c == 's')
			o->seed = strtoull(optarg, NULL, 10);
		if (c == '?')
			return 2;
	}
	if (optind != argc - 1 || !o->days || !o->seed) {
		fprintf(stderr, "usage: churn [--json FILE] [--data FILE] "
				"[--days N] [--seed N] MACHINE.dtb\n");
		return 2;
	}
	o->machine = argv[optind];
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .days = 180, .seed = 20250829 };
	struct vmsa_machine *m = NULL;
	struct vmsa_error err = { 0 };
	int ret = parse(argc, argv, &o);

	if (ret)
		return ret;
	if (vmsa_machine_read(o.machine, &m, &err)) {
		fprintf(stderr, "churn: %s: %s\n", o.machine, err.text);
		return 2;
	}
	printf("churn: %s, 4K pages, BBM level 3, %u days, seed %" PRIu64
	       "; batch %d changes, period %d s\n",
	       vmsa_machine_model(m), o.days, o.seed, BATCH, PERIOD);
	ret = run_all(&o, m);
	vmsa_machine_destroy(m);
	if (o.json)
		fclose(o.json);
	if (o.data)
		fclose(o.data);
	return ret;
}
