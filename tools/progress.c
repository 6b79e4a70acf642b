/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 40

/* Seconds; only differences mean anything. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_start(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){
		.what = what,
		.total = total ? total : 1,
		.start = now(),
		.on = isatty(STDERR_FILENO),
	};
}

void progress_show(struct progress *p, uint64_t done)
{
	const double share =
		done < p->total ? (double)done / (double)p->total : 1.0;
	const int filled = (int)(share * WIDTH);
	double t;

	if (!p->on)
		return;
	t = now();
	if (t - p->start < 1.0 || t - p->shown < 0.1)
		return;
	p->shown = t;
	fprintf(stderr, "\r%s [%.*s%*s] %3d %%, %.0f s", p->what, filled,
		"########################################", WIDTH - filled, "",
		(int)(share * 100), t - p->start);
	fflush(stderr);
}

void progress_end(struct progress *p)
{
	if (p->shown > 0)
		fputs("\r\033[K", stderr);
}
