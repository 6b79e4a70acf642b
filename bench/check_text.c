/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/bbm.h"

#define PAGE   UINT64_C(4096)
#define TABLES 64u
#define PAGES  512u

struct text {
	char *text;
	size_t size;
	uint64_t lines;
	uint64_t events; /* the checker has to see */
};

/* --- event logs ---------------------------------------------------------- */

/* 39 bits: the root at 0x1000, level 2 at 0x2000, level 3 behind it. */
static void begin_log(FILE *f)
{
	fprintf(f, "machine bbm=0 pes=4\noperation cycle lazy\n"
		   "tables 0 root=0x1000 granule=4k va=39\n"
		   "init 0x1000 0x2003\n");
	for (unsigned t = 0; t < TABLES; t++)
		fprintf(f,
			"init 0x%" PRIx64 " 0x%" PRIx64 "\n"
			"init 0x%" PRIx64 " 0x%" PRIx64 " 512 0x1000\n",
			0x2000 + 8 * (uint64_t)t, (3 + t) * PAGE | 3,
			(3 + t) * PAGE, (0x40000 + t * PAGES) * PAGE | 0x703);
}

static void log_cycle(FILE *f, unsigned i)
{
	const uint64_t page = (uint64_t)i * 7919 % (TABLES * PAGES);
	const uint64_t at = 3 * PAGE + 8 * page;

	fprintf(f,
		"begin cycle @mmu.c:600\n"
		"store 3 0x%010" PRIx64 " 0x%010" PRIx64 " 0 @mmu.c:611\n"
		"dsb ishst @mmu.c:612\n",
		page * PAGE, at);
	fprintf(f,
		"tlbi vaale1is 0x%010" PRIx64 " @mmu.c:613\n"
		"dsb ish @mmu.c:614\n",
		page);
	fprintf(f,
		"store 3 0x%010" PRIx64 " 0x%010" PRIx64 " 0x%016" PRIx64
		" @mmu.c:615\n"
		"end cycle @mmu.c:616\n",
		page * PAGE, at, (0x80000 + (uint64_t)i) * PAGE | 0x703);
}

/* --- traces of casemate -------------------------------------------------- */

#define SRC " (src \"mmu.c:611\"))\n"

/* Four levels at 0x1000 to 0x4000, one table each, pages from 1 GiB on. */
static void begin_trace(FILE *f)
{
	for (unsigned page = 1; page <= 4; page++)
		fprintf(f,
			"(mem-init (id 0) (tid 0) (address 0x%x000) "
			"(size 0x1000)" SRC,
			page);
	fprintf(f, "(hint (id 0) (tid 0) (kind set_root_lock) "
		   "(location 0x1000) (value 0x9000)" SRC);
	for (unsigned page = 1; page <= 3; page++)
		fprintf(f,
			"(mem-write (id 0) (tid 0) (mem-order plain) "
			"(address 0x%x000) (value 0x%x003)" SRC,
			page, page + 1);
	for (unsigned i = 0; i < PAGES; i++)
		fprintf(f,
			"(mem-write (id 0) (tid 0) (mem-order plain) "
			"(address 0x%x) (value 0x%x)" SRC,
			0x4000 + 8 * i, 0x40000703 + i * 0x1000);
	fprintf(f, "(sysreg-write (id 0) (tid 0) (sysreg ttbr0_el2) "
		   "(value 0x1000)" SRC);
}

static void trace_cycle(FILE *f, unsigned i)
{
	const unsigned page = i * 7919 % PAGES;
	const unsigned at = 0x4000 + 8 * page;

	fprintf(f,
		"(lock (id %u) (tid 0) (address 0x9000)" SRC
		"(mem-write (id %u) (tid 0) (mem-order plain) "
		"(address 0x%x) (value 0x0)" SRC,
		7 * i, 7 * i + 1, at);
	fprintf(f,
		"(barrier (id %u) (tid 0) dsb (kind ish)" SRC
		"(tlbi (id %u) (tid 0) vae2is (value 0x%x)" SRC
		"(barrier (id %u) (tid 0) dsb (kind ish)" SRC,
		7 * i + 2, 7 * i + 3, page, 7 * i + 4);
	fprintf(f,
		"(mem-write (id %u) (tid 0) (mem-order plain) "
		"(address 0x%x) (value 0x%" PRIx64 ")" SRC
		"(unlock (id %u) (tid 0) (address 0x9000)" SRC,
		7 * i + 5, at, (0x80000 + (uint64_t)i) * PAGE | 0x703,
		7 * i + 6);
}

/* --- both ---------------------------------------------------------------- */

void check_text_close(void *text)
{
	struct text *t = text;

	free(t->text);
	free(t);
}

static void *finish(struct text *t, FILE *f, bool whole)
{
	if (fclose(f) || !whole) {
		check_text_close(t);
		return NULL;
	}
	for (size_t i = 0; i < t->size; i++)
		t->lines += t->text[i] == '\n';
	return t;
}

void *check_text_open(void)
{
	struct text *t = calloc(1, sizeof(*t));
	FILE *f = t ? open_memstream(&t->text, &t->size) : NULL;
	long before;

	if (!f) {
		free(t);
		return NULL;
	}
	begin_log(f);
	before = ftell(f);
	for (unsigned i = 0; i < CHECK_TEXT_CYCLES; i++)
		log_cycle(f, i);
	t->events = CHECK_TEXT_EVENTS;
	return finish(t, f, ftell(f) - before == CHECK_TEXT_BYTES);
}

void *check_casemate_open(void)
{
	struct text *t = calloc(1, sizeof(*t));
	FILE *f = t ? open_memstream(&t->text, &t->size) : NULL;

	if (!f) {
		free(t);
		return NULL;
	}
	begin_trace(f);
	for (unsigned i = 0; i < CHECK_TEXT_CYCLES; i++)
		trace_cycle(f, i);
	/* Locks are the reader's. */
	t->events = UINT64_C(5) * CHECK_TEXT_CYCLES;
	return finish(t, f, true);
}

uint64_t check_text_run(void *text)
{
	const struct text *t = text;
	const struct vmsa_log_text in = { "bench", t->text, t->size };
	const struct vmsa_checker_config config = { 0 };
	struct vmsa_checker_stats s;
	struct vmsa_log *log;
	uint64_t wrong;

	if (vmsa_log_parse(&in, &log))
		return 1;
	wrong = vmsa_log_check(log, &config, &s, NULL) != 0;
	vmsa_log_close(log);
	if (wrong)
		return wrong;
	for (unsigned i = 0; i < VMSA_CHECK_NR_VERDICTS; i++)
		wrong += s.verdicts[i];
	return wrong + (s.events != t->events) + s.held;
}

uint64_t check_text_lines(void *text)
{
	const struct text *t = text;
	const char *at = t->text, *end = at + t->size;
	uint64_t lines = 0;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		at++;
		lines++;
	}
	return lines != t->lines;
}
