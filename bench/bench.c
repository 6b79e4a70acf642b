/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define HUGE_PAGE ((size_t)2 << 20)

/* What one attempt measured, in the figure's unit. */
struct sample {
	double v[2][BENCH_ROUNDS]; /* by enum bench_side, sorted */
};

/* What the command line asked for. */
struct options {
	FILE *json;
	bool list;
	char **names;
	int nr_names;
};

double bench_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void *bench_pages(size_t size)
{
	char *p = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t skip;

	if (p == MAP_FAILED)
		return NULL;
	/* Give the unaligned ends back, so that a free is one call. */
	skip = -(uintptr_t)p & (HUGE_PAGE - 1);
	if (skip)
		munmap(p, skip);
	munmap(p + skip + size, HUGE_PAGE - skip);
#ifdef MADV_HUGEPAGE
	madvise(p + skip, size, MADV_HUGEPAGE);
#endif
	return p + skip;
}

void bench_pages_free(void *pages, size_t size)
{
	if (pages)
		munmap(pages, size);
}

/* One run in the figure's unit; negative if an answer was wrong. */
static double time_run(const struct bench *b, void *arg, enum bench_side side)
{
	double start, took;
	uint64_t wrong;

	if (b->prepare)
		b->prepare(arg, side);
	start = bench_seconds();
	wrong = b->run[side](arg);
	took = bench_seconds() - start;
	if (side == BENCH_OURS && b->check)
		wrong += b->check(arg);
	if (wrong) {
		fprintf(stderr, "%s: %llu wrong answers from %s\n", b->name,
			(unsigned long long)wrong,
			side == BENCH_OURS ? "ours" : "cal");
		return -1;
	}
	if (!strcmp(b->unit, "M/s"))
		return (double)b->ops / took * 1e-6;
	return took * 1e9 / (double)b->ops;
}

static int ascending(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* All rounds once: cal before ours, so that neither warms only the other. */
static bool attempt(const struct bench *b, void *arg, struct sample *out)
{
	for (int i = -1; i < BENCH_ROUNDS; i++) {
		const double cal = time_run(b, arg, BENCH_CAL);
		const double ours = time_run(b, arg, BENCH_OURS);

		if (cal < 0 || ours < 0)
			return false;
		if (i < 0)
			continue;
		out->v[BENCH_CAL][i] = cal;
		out->v[BENCH_OURS][i] = ours;
	}
	for (int side = 0; side < 2; side++)
		qsort(out->v[side], BENCH_ROUNDS, sizeof(double), ascending);
	return true;
}

static double spread(const struct sample *s)
{
	return s->v[BENCH_CAL][BENCH_ROUNDS - 1] / s->v[BENCH_CAL][0];
}

/* How many attempts it took, the best of them in @out; 0 on wrong answers. */
static int measure(const struct bench *b, void *arg, struct sample *out)
{
	struct sample s;
	int tries = 0;

	do {
		if (!attempt(b, arg, &s))
			return 0;
		if (!tries++ || spread(&s) < spread(out))
			*out = s;
	} while (spread(out) > BENCH_STEADY && tries < BENCH_ATTEMPTS);
	return tries;
}

static const char *verdict(const struct bench *b, double ratio)
{
	const bool lower = b->better == BENCH_LOWER;

	if (b->stretch > 0 &&
	    (lower ? ratio <= b->stretch : ratio >= b->stretch))
		return "stretch";
	return (lower ? ratio <= b->goal : ratio >= b->goal) ? "goal"
							     : "MISSED";
}

static void print_line(const struct bench *b, const struct sample *s, int n,
		       int tries)
{
	const double ours = s->v[BENCH_OURS][n / 2];
	const double cal = s->v[BENCH_CAL][n / 2];

	printf("%-24s %9.4g %-5s [%.4g-%.4g] n=%d  cal %.4g [%.4g-%.4g]  "
	       "ratio %.3f (goal %s %g, stretch %g: %s)",
	       b->name, ours, b->unit, s->v[BENCH_OURS][0],
	       s->v[BENCH_OURS][n - 1], n, cal, s->v[BENCH_CAL][0],
	       s->v[BENCH_CAL][n - 1], ours / cal,
	       b->better == BENCH_LOWER ? "<=" : ">=", b->goal, b->stretch,
	       verdict(b, b->absolute ? ours : ours / cal));
	if (tries > 1)
		printf(" after %d attempts", tries);
	if (n > 1 && spread(s) > BENCH_STEADY)
		printf(", cal unsteady");
	printf("\n");
	fflush(stdout);
}

static void print_json(FILE *f, const struct bench *b, const struct sample *s,
		       int n)
{
	const double ours = s->v[BENCH_OURS][n / 2];
	const double cal = s->v[BENCH_CAL][n / 2];

	fprintf(f,
		"{\"name\":\"%s\",\"ours\":%.6g,\"cal\":%.6g,\"unit\":\"%s\","
		"\"ratio\":%.4f,\"goal\":%g,\"better\":\"%s\",\"min\":%.6g,"
		"\"max\":%.6g,\"n\":%d,\"cal_min\":%.6g,\"cal_max\":%.6g,"
		"\"stretch\":%g}\n",
		b->name, ours, cal, b->unit, ours / cal, b->goal,
		b->better == BENCH_LOWER ? "lower" : "higher",
		s->v[BENCH_OURS][0], s->v[BENCH_OURS][n - 1], n,
		s->v[BENCH_CAL][0], s->v[BENCH_CAL][n - 1], b->stretch);
	fflush(f);
}

static bool run_case(const struct bench *b, FILE *json)
{
	void *arg = b->setup();
	struct sample s;
	int n = BENCH_ROUNDS, tries = 1;

	if (!arg) {
		fprintf(stderr, "%s: setup failed\n", b->name);
		return false;
	}
	if (b->value) {
		n = 1;
		s.v[BENCH_OURS][0] = b->value(arg, BENCH_OURS);
		s.v[BENCH_CAL][0] = b->value(arg, BENCH_CAL);
	} else {
		tries = measure(b, arg, &s);
	}
	b->teardown(arg);
	if (!tries)
		return false;
	print_line(b, &s, n, tries);
	if (json)
		print_json(json, b, &s, n);
	return true;
}

static bool is_selected(const struct options *o, const char *name)
{
	for (int i = 0; i < o->nr_names; i++) {
		if (strstr(name, o->names[i]))
			return true;
	}
	return !o->nr_names;
}

/* Names stay in argv, options leave it. */
static bool parse(struct options *o, int argc, char **argv)
{
	o->names = argv;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list")) {
			o->list = true;
		} else if (!strcmp(argv[i], "--json") && i + 1 < argc) {
			o->json = fopen(argv[++i], "a");
			if (!o->json) {
				perror(argv[i]);
				return false;
			}
		} else if (argv[i][0] == '-') {
			fprintf(stderr,
				"usage: %s [--list] [--json FILE] [NAME...]\n",
				argv[0]);
			return false;
		} else {
			o->names[o->nr_names++] = argv[i];
		}
	}
	return true;
}

int bench_main(const struct bench *cases, size_t n, int argc, char **argv)
{
	struct options o = { 0 };
	int ret = 0;

	if (!parse(&o, argc, argv))
		return 2;
	for (size_t i = 0; i < n; i++) {
		if (!is_selected(&o, cases[i].name))
			continue;
		if (o.list)
			printf("%s\n", cases[i].name);
		else if (!run_case(&cases[i], o.json))
			ret = 1;
	}
	if (o.json)
		fclose(o.json);
	return ret;
}
