/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * setup.c - statements that describe a machine, boot it and bring it up
 *
 * Describing only fills in a plan; boot makes the machine of it.  After a reset
 * the plan stays, so that a script can boot again with one thing changed; the
 * first memory, cpu and so on replace those of before.
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- the machine --------------------------------------------------------- */

/* The machine is built at boot: what describes it cannot come later. */
static int too_late(struct runner *r)
{
	return bad(r, "%s belongs before boot; reset starts again",
		   r->at->word->name);
}

/*
 * Note the statement's range among those of its kind.  What a run before the
 * reset had, marked @old, makes way for the first new one.
 */
static int add_range(struct runner *r, struct vmsa_range *v, size_t *n,
		     bool *old)
{
	if (r->sys)
		return too_late(r);
	if (*old)
		*n = 0;
	*old = false;
	if (*n == MAX_RANGES)
		return bad(r, "there can be %d of these at most", MAX_RANGES);
	v[(*n)++] = r->at->arg[0].range;
	return 0;
}

static int do_memory(struct runner *r, const struct statement *s)
{
	struct plan *p = &r->plan;

	(void)s;
	return add_range(r, p->memory, &p->nr_memory, &p->old_memory);
}

static int do_nomap(struct runner *r, const struct statement *s)
{
	struct plan *p = &r->plan;

	(void)s;
	return add_range(r, p->nomap, &p->nr_nomap, &p->old_nomap);
}

static int do_reserved(struct runner *r, const struct statement *s)
{
	struct plan *p = &r->plan;

	(void)s;
	return add_range(r, p->reserved, &p->nr_reserved, &p->old_reserved);
}

/* A file takes the place of memory and reserved statements; read at boot. */
static int do_machine(struct runner *r, const struct statement *s)
{
	if (r->sys)
		return too_late(r);
	if (strlen(s->arg[0].word) >= sizeof(r->plan.machine))
		return bad(r, "the name of the file is too long");
	strcpy(r->plan.machine, s->arg[0].word);
	return 0;
}

/* The whole line, replacing what there was. */
static int do_bootargs(struct runner *r, const struct statement *s)
{
	if (r->sys)
		return too_late(r);
	if (strlen(s->arg[0].word) >= sizeof(r->plan.bootargs))
		return bad(r, "the boot arguments are too long");
	strcpy(r->plan.bootargs, s->arg[0].word);
	return 0;
}

/* 0 is no seed, so KASLR stays off, as in a device tree. */
static int do_kaslr(struct runner *r, const struct statement *s)
{
	if (r->sys)
		return too_late(r);
	r->plan.kaslr_seed = s->arg[0].number;
	return 0;
}

/* Indices of cpu_keys; the other enums below go with their tables alike. */
enum cpu_key {
	CPU_BBM,
	CPU_MIDR,
	CPU_PA_BITS,
	CPU_RANGE,
	CPU_LPA2,
	CPU_LVA,
	CPU_E0PD,
	CPU_COUNT,
};

static const struct key_spec cpu_keys[] = {
	{ "bbm", 'u' },       { "midr", 'u' },  { "pa-bits", 'u' },
	{ "tlb-range", 'f' }, { "lpa2", 'f' },  { "lva", 'f' },
	{ "e0pd", 'f' },      { "count", 'u' }, { NULL, 0 },
};

/* A CPU by its keys; without any, no BBM and 48 PA bits. */
static struct vmsa_cpu cpu_of(const struct statement *s)
{
	return (struct vmsa_cpu){
		.bbm_level = (unsigned)key_or(s, CPU_BBM, 0),
		.midr = (uint32_t)key_or(s, CPU_MIDR, 0),
		.pa_bits = (unsigned)key_or(s, CPU_PA_BITS, 48),
		.tlb_range = has_key(s, CPU_RANGE),
		.lpa2 = has_key(s, CPU_LPA2),
		.lva = has_key(s, CPU_LVA),
		.e0pd = has_key(s, CPU_E0PD),
	};
}

/* One CPU or many alike.  The first of all boots. */
static int do_cpu(struct runner *r, const struct statement *s)
{
	const uint64_t count = key_or(s, CPU_COUNT, 1);

	if (r->sys)
		return too_late(r);
	if (r->plan.old_cpus)
		r->plan.nr_cpus = 0;
	r->plan.old_cpus = false;
	if (count > MAX_CPUS - r->plan.nr_cpus)
		return bad(r, "there can be %d CPUs at most", MAX_CPUS);
	for (uint64_t i = 0; i < count; i++)
		r->plan.cpu[r->plan.nr_cpus++] = cpu_of(s);
	return 0;
}

enum kernel_key {
	KERNEL_PAGE,
	KERNEL_VA,
	KERNEL_OBJECTS,
	KERNEL_INTERVAL,
	KERNEL_NO_KFENCE,
	KERNEL_PAGEALLOC,
	KERNEL_BTI,
};

static const struct key_spec kernel_keys[] = {
	{ "page", 'u' },
	{ "va-bits", 'u' },
	{ "kfence-objects", 'u' },
	{ "kfence-interval", 'u' },
	{ "no-kfence", 'f' },
	{ "debug-pagealloc", 'f' },
	{ "bti", 'f' },
	{ NULL, 0 },
};

/* Version, shape and configuration; the image's own statement may follow. */
static int do_kernel(struct runner *r, const struct statement *s)
{
	const uint64_t page = key_or(s, KERNEL_PAGE, 4096);
	struct plan *p = &r->plan;

	if (r->sys)
		return too_late(r);
	if (vmsa_linux_version_find(s->arg[0].word, &p->version))
		return bad(r, "there is no kernel version '%s'",
			   s->arg[0].word);
	if (page != 4096 && page != 16384 && page != 65536)
		return bad(r, "a page has 4K, 16K or 64K");
	/* The rest of the kernel is filled in at boot, when all is known. */
	p->page_shift = (uint64_t)__builtin_ctzll(page);
	p->va_bits = key_or(s, KERNEL_VA, 48);
	p->kernel_known = true;
	p->kernel = (struct vmsa_linux_kernel){
		.kfence = !has_key(s, KERNEL_NO_KFENCE),
		.kfence_objects = (unsigned)key_or(s, KERNEL_OBJECTS, 255),
		.kfence_interval = key_or(s, KERNEL_INTERVAL, 0),
		.debug_pagealloc = has_key(s, KERNEL_PAGEALLOC),
		.bti = has_key(s, KERNEL_BTI),
	};
	return 0;
}

enum image_key {
	IMAGE_STEXT,
	IMAGE_RODATA,
	IMAGE_ROOT,
	IMAGE_INIT_BEGIN,
	IMAGE_INIT_END,
	IMAGE_BSS_STOP,
	IMAGE_END,
};

static const struct key_spec image_keys[] = {
	{ "stext", 'u' },
	{ "start-rodata", 'u' },
	{ "swapper-pg-dir", 'u' },
	{ "init-begin", 'u' },
	{ "init-end", 'u' },
	{ "bss-stop", 'u' },
	{ "end", 'u' },
	{ NULL, 0 },
};

/* Where _text lies; offsets from it need the whole row. */
static int do_image(struct runner *r, const struct statement *s)
{
	const uint32_t all = (UINT32_C(1) << (IMAGE_END + 1)) - 1;

	if (r->sys)
		return too_late(r);
	if (s->given && s->given != all)
		return bad(r, "an image is described by all of its offsets or "
			      "by none");
	r->plan.has_image = true;
	r->plan.image_at = s->arg[0].number;
	r->plan.image = (struct vmsa_linux_image){
		.stext = s->key[IMAGE_STEXT].number,
		.start_rodata = s->key[IMAGE_RODATA].number,
		.swapper_pg_dir = s->key[IMAGE_ROOT].number,
		.init_begin = s->key[IMAGE_INIT_BEGIN].number,
		.init_end = s->key[IMAGE_INIT_END].number,
		.bss_stop = s->key[IMAGE_BSS_STOP].number,
		.end = s->key[IMAGE_END].number,
	};
	return 0;
}

/* How to map instead of as Linux would; see enum vmsa_linux_mapping. */
static int do_mapping(struct runner *r, const struct statement *s)
{
	if (r->sys)
		return too_late(r);
	return vmsa_linux_mapping_find(s->arg[0].word, &r->plan.mapping)
		       ? bad(r, "there is no mapping '%s'", s->arg[0].word)
		       : 0;
}

/* --- boot ---------------------------------------------------------------- */

/* All but the first.  One that is turned away does not stop the others. */
static int boot_cpus(struct runner *r)
{
	size_t n;
	const struct vmsa_cpu *cpus = vmsa_machine_cpus(r->machine, &n);

	for (size_t i = 1; i < n; i++)
		vmsa_linux_online_cpu(r->sys, &cpus[i]);
	return vmsa_linux_finalise_cpus(r->sys);
}

/* One stage further. */
static int next_stage(struct runner *r)
{
	switch (++r->stage) {
	case STAGE_MAP:
		return vmsa_linux_map_mem(r->sys);
	case STAGE_ALLOCATOR:
		vmsa_linux_start_allocator(r->sys);
		return 0;
	case STAGE_CPUS:
		return boot_cpus(r);
	case STAGE_TEXT:
		return vmsa_linux_mark_text_ro(r->sys);
	default:
		return vmsa_linux_mark_rodata_ro(r->sys);
	}
}

/* A script's word for a stage of boot. */
static int find_stage(const char *name, enum stage *out)
{
	static const char *const names[] = {
		[STAGE_MAP] = "map",   [STAGE_ALLOCATOR] = "allocator",
		[STAGE_CPUS] = "cpus", [STAGE_TEXT] = "text",
		[STAGE_USER] = "user",
	};

	for (enum stage s = STAGE_MAP; s <= STAGE_USER; s++) {
		if (!strcmp(names[s], name)) {
			*out = s;
			return 0;
		}
	}
	return -ENOENT;
}

/*
 * As far as the script says, from wherever it is: boot map, boot cpus, boot go
 * on from each other.
 */
static int do_boot(struct runner *r, const struct statement *s)
{
	enum stage until = STAGE_USER;
	int ret = 0;

	if (s->nr_args && find_stage(s->arg[0].word, &until))
		return bad(r,
			   "boot goes as far as map, allocator, cpus, text "
			   "or user, not '%s'",
			   s->arg[0].word);
	if (r->stage >= until)
		return bad(r, "that is behind us; reset starts again");
	if (!r->sys) {
		ret = vmsa_plan_create(r);
		if (ret)
			return ret;
		/* The system is new: so are its counters. */
		memset(&r->sum, 0, sizeof(r->sum));
		vmsa_linux_cost_start(r->sys, &r->last);
	}
	while (!ret && r->stage < until)
		ret = next_stage(r);
	return ret;
}

/* The machine is switched off; what was described stays. */
static int do_reset(struct runner *r, const struct statement *s)
{
	(void)s;
	vmsa_plan_destroy(r);
	r->stage = STAGE_NONE;
	r->late_bbm_level = 3;
	r->plan.old_memory = r->plan.old_nomap = true;
	r->plan.old_reserved = r->plan.old_cpus = true;
	memset(&r->sum, 0, sizeof(r->sum));
	return 0;
}

/* A CPU that arrives now, not one of the machine's. */
static int do_cpu_online(struct runner *r, const struct statement *s)
{
	const struct vmsa_cpu cpu = cpu_of(s);
	int ret = 0;

	for (uint64_t i = key_or(s, CPU_COUNT, 1); i && !ret; i--) {
		ret = vmsa_linux_online_cpu(r->sys, &cpu);
		if (!ret && vmsa_linux_cpu_bbm_level(&cpu) < r->late_bbm_level)
			r->late_bbm_level = vmsa_linux_cpu_bbm_level(&cpu);
	}
	return ret;
}

/* --- how to go on -------------------------------------------------------- */

/* Holds for the system that runs and for those booted later. */
static int do_barriers(struct runner *r, const struct statement *s)
{
	const char *how = s->arg[0].word;

	if (strcmp(how, "deferred") && strcmp(how, "eager"))
		return bad(r, "barriers are deferred or eager, not '%s'", how);
	r->eager = !strcmp(how, "eager");
	if (r->sys)
		vmsa_linux_defer_barriers(r->sys, !r->eager);
	return 0;
}

/* Which allocation, or which call of the RSI, is to fail. */
static int do_fail(struct runner *r, const struct statement *s)
{
	const char *what = s->arg[0].word;

	if (!strcmp(what, "table"))
		vmsa_memory_fail_nth(vmsa_linux_memory(r->sys),
				     s->arg[1].number);
	else if (!strcmp(what, "page"))
		vmsa_linux_fail_pages(r->sys, s->arg[1].number);
	else if (!strcmp(what, "rsi"))
		r->rsi_fail = s->arg[1].number;
	else
		return bad(r, "a table, a page or rsi can fail, not '%s'",
			   what);
	return 0;
}

/* As many as CONFIG_NODES_SHIFT = 10 would allow: packs grow with it. */
static int do_nodes(struct runner *r, const struct statement *s)
{
	if (!s->arg[0].number || s->arg[0].number > 1024)
		return bad(r, "there are 1 to 1024 nodes");
	vmsa_linux_set_nodes(r->sys, (unsigned)s->arg[0].number);
	return 0;
}

/* Who runs the script looks at what follows; here only sense is checked. */
static int do_explore(struct runner *r, const struct statement *s)
{
	if (s->nr_args && !s->arg[0].number)
		return bad(r, "at least one step is explored");
	return 0;
}

/* Shown by who prints the steps; nothing happens. */
static int do_note(struct runner *r, const struct statement *s)
{
	(void)r;
	(void)s;
	return 0;
}

/* Show what all steps since the last sum cost, and start again. */
static int do_sum(struct runner *r, const struct statement *s)
{
	(void)s;
	r->last = r->sum;
	memset(&r->sum, 0, sizeof(r->sum));
	return 0;
}

/* "cpu online" before "cpu": see words.c. */
const struct word vmsa_setup_words[] = {
	{ "machine", VMSA_STEP_SETUP, "*", NULL, false, do_machine },
	{ "memory", VMSA_STEP_SETUP, "r", NULL, false, do_memory },
	{ "nomap", VMSA_STEP_SETUP, "r", NULL, false, do_nomap },
	{ "reserved", VMSA_STEP_SETUP, "r", NULL, false, do_reserved },
	{ "cpu online", VMSA_STEP_DO, "", cpu_keys, true, do_cpu_online },
	{ "cpu", VMSA_STEP_SETUP, "", cpu_keys, false, do_cpu },
	{ "kernel", VMSA_STEP_SETUP, "w", kernel_keys, false, do_kernel },
	{ "image", VMSA_STEP_SETUP, "u", image_keys, false, do_image },
	{ "mapping", VMSA_STEP_SETUP, "w", NULL, false, do_mapping },
	{ "bootargs", VMSA_STEP_SETUP, "?*", NULL, false, do_bootargs },
	{ "kaslr-seed", VMSA_STEP_SETUP, "u", NULL, false, do_kaslr },
	{ "boot", VMSA_STEP_DO, "?w", NULL, false, do_boot },
	{ "reset", VMSA_STEP_SETUP, "", NULL, false, do_reset },
	{ "barriers", VMSA_STEP_SETUP, "w", NULL, false, do_barriers },
	{ "fail", VMSA_STEP_SETUP, "wu", NULL, true, do_fail },
	{ "nodes", VMSA_STEP_SETUP, "u", NULL, true, do_nodes },
	{ "note", VMSA_STEP_NOTE, "*", NULL, false, do_note },
	{ "explore", VMSA_STEP_EXPLORE, "?u", NULL, true, do_explore },
	{ "sum", VMSA_STEP_SUM, "?*", NULL, true, do_sum },
	{ NULL, VMSA_STEP_SETUP, "", NULL, false, NULL },
};
