/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * age.c - fragment free memory, so that a fresh guest looks like an old one
 *
 *	age MEGABYTES PAGES PERCENT
 *
 * Touches MEGABYTES of 4 KiB pages and gives them back in units of PAGES pages,
 * in random order (always the same), but PERCENT of the units: a child process
 * keeps these until the guest ends.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static uint64_t state = 0x9e3779b97f4a7c15;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* 0 .. n - 1 in random order. */
static size_t *shuffle(size_t n)
{
	size_t *order = malloc(n * sizeof(*order));

	for (size_t i = 0; order && i < n; i++) {
		const size_t j = next_random() % (i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	return order;
}

static char *touch(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < size; i += PAGE)
		p[i] = 1;
	return p;
}

int main(int argc, char **argv)
{
	const size_t size = argc == 4 ? (size_t)atol(argv[1]) << 20 : 0;
	const size_t unit = size ? (size_t)atol(argv[2]) * PAGE : 0;
	const unsigned keep = size ? (unsigned)atoi(argv[3]) : 0;
	const size_t n = unit ? size / unit : 0;
	size_t *order = n ? shuffle(n) : NULL, freed = 0;
	char *p = order ? touch(size) : NULL;

	if (!p) {
		fprintf(stderr, "usage: age MEGABYTES PAGES PERCENT\n");
		return 2;
	}
	for (size_t i = 0; i < n; i++) {
		if (next_random() % 100 < keep)
			continue;
		madvise(p + order[i] * unit, unit, MADV_DONTNEED);
		freed++;
	}
	printf("age: gave back %zu of %zu units of %zu KiB\n", freed, n,
	       unit >> 10);
	fflush(stdout);
	if (fork())
		return 0;
	for (;;)
		pause();
}
