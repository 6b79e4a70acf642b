/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * models_test.c - the bundled CPU models
 */
#include "support/vmsa_test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmsa/machine.h"
#include "vmsa/tlb.h"

static void folder(char *out, size_t size)
{
	snprintf(out, size, "%s/machines/cpus", getenv("VMSA_BUILD_ROOT"));
}

static void read_model(const char *name, struct vmsa_cpu *out)
{
	char dir[400], path[512];
	struct vmsa_error err = { .text = "" };

	folder(dir, sizeof(dir));
	assert_int_equal(vmsa_machine_path(dir, name, path, sizeof(path)), 0);
	if (vmsa_cpu_read(path, out, &err))
		fail_msg("%s: %s", path, err.text);
}

static bool shaped(const struct vmsa_tlb_array *a)
{
	const uint32_t sets = a->ways ? a->entries / a->ways : 0;

	return !a->entries ||
	       (sets && a->entries == sets * a->ways && !(sets & (sets - 1)));
}

/* No table: every walk faults at the root. */
static int walk_nothing(void *arg, struct vmsa_tlb_walk *w)
{
	(void)arg;
	w->first = w->last = 0;
	w->at[VMSA_LEVEL_SLOT(0)] = 0;
	w->fault = true;
	return 0;
}

/* TLBs as @t has them can be made for each granule, and asked. */
static void check_tlb(struct vmsa_tlb_config t)
{
	const struct vmsa_tlb_walker walker = { .walk = walk_nothing };
	const struct vmsa_tlb_access a = { .va = 0x1000 };
	struct vmsa_tlb_answer answer;
	struct vmsa_tlb *tlb;

	for (t.granule_shift = 12; t.granule_shift <= 16;
	     t.granule_shift += 2) {
		assert_int_equal(vmsa_tlb_create(&t, &walker, &tlb), 0);
		assert_int_equal(vmsa_tlb_access(tlb, &a, &answer), 0);
		assert_int_equal(answer.outcome, VMSA_TLB_FAULT);
		vmsa_tlb_destroy(tlb);
	}
}

/* What is there can be built, and a level that is there costs something. */
static void check_model(const char *name)
{
	struct vmsa_cpu cpu;
	const struct vmsa_tlb_config *t = &cpu.tlb;

	print_message("%s\n", name);
	read_model(name, &cpu);
	assert_true(strchr(cpu.compatible, ',') != NULL);
	assert_true(cpu.bbm_level == 0 || cpu.bbm_level == 2);
	assert_true(shaped(&t->l1d) && shaped(&t->l1i) && shaped(&t->l2) &&
		    shaped(&t->l2i) && shaped(&t->walk_cache) &&
		    shaped(&t->ipa_cache) && shaped(&t->lines));
	if (t->l2.entries)
		assert_true(t->l2_cycles && t->walk_cycles &&
			    t->line_hit_cycles &&
			    t->line_miss_cycles > t->line_hit_cycles &&
			    t->lines.entries && t->walk_cache.entries);
	check_tlb(*t);
}

static void every_model_can_be_built(void **state)
{
	char dir[400];
	const struct dirent *e;
	unsigned n = 0;
	DIR *d;

	(void)state;
	folder(dir, sizeof(dir));
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d))) {
		const size_t len = strlen(e->d_name);
		char name[64];

		if (len < 5 || strcmp(e->d_name + len - 4, ".dtb"))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len - 4, e->d_name);
		check_model(name);
		n++;
	}
	closedir(d);
	assert_true(n >= 40);
}

/* Sizes as the vendors' manuals or measurements have them. */
static const struct row {
	const char *name;
	uint32_t l1i, l1d, l2, l2_ways;
	unsigned bbm; /* at which it is judged */
} rows[] = {
	{ "cortex-a53", 10, 10, 512, 4, 0 },
	{ "cortex-a55", 15, 16, 1024, 4, 0 },
	{ "cortex-a57", 48, 32, 1024, 4, 0 },
	{ "cortex-a76", 48, 48, 1280, 5, 0 },
	{ "cortex-a710", 0, 32, 1024, 4, 2 },
	{ "cortex-a725", 0, 0, 1536, 6, 2 },
	{ "cortex-x4", 0, 96, 2048, 8, 3 },
	{ "neoverse-n2", 48, 44, 1280, 5, 2 },
	{ "neoverse-v3", 48, 96, 2048, 8, 3 },
	{ "cortex-x925", 128, 96, 2048, 8, 2 },
	{ "olympus", 0, 0, 0, 0, 3 },
	{ "apple-m1-p", 192, 160, 3072, 12, 0 },
	{ "oryon", 256, 224, 8192, 8, 0 },
	{ "a64fx", 16, 16, 1024, 4, 0 },
	{ "tsv110", 32, 32, 1024, 4, 0 },
};

static void models_are_as_published(void **state)
{
	(void)state;
	for (const struct row *r = rows; r < rows + COUNT(rows); r++) {
		struct vmsa_cpu cpu;

		read_model(r->name, &cpu);
		assert_int_equal(cpu.tlb.l1i.entries, r->l1i);
		assert_int_equal(cpu.tlb.l1d.entries, r->l1d);
		assert_int_equal(cpu.tlb.l2.entries, r->l2);
		assert_int_equal(cpu.tlb.l2.ways, r->l2_ways);
		assert_int_equal(vmsa_cpu_bbm_level(&cpu), r->bbm);
	}
}

/* A file that is none is told by name, and the answer is left alone. */
static void what_is_no_model_is_refused(void **state)
{
	struct vmsa_cpu cpu = { .midr = 7 };
	struct vmsa_error err = { .text = "" };

	(void)state;
	assert_int_equal(vmsa_cpu_read("no/such.dtb", &cpu, &err), -ENOENT);
	assert_string_equal(err.file, "no/such.dtb");
	assert_int_equal(vmsa_cpu_read("/dev/null", &cpu, &err), -EINVAL);
	assert_int_equal(cpu.midr, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_model_can_be_built),
		cmocka_unit_test(models_are_as_published),
		cmocka_unit_test(what_is_no_model_is_refused),
	};

	return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}
