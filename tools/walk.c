/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.c - vmsa walk: one address, level by level
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "json.h"
#include "registers.h"
#include "say.h"
#include "sheet.h"
#include "system.h"
#include "vmsa/arch/walk.h"

/* What a walk needs, and one address's answer. */
struct walker {
	const struct vmsa_linux *sys;
	struct vmsa_regime regime;
	struct vmsa_access access;
	struct vmsa_walk walk;
};

/* Outside memory this fails with -EFAULT: an external abort. */
static int read_desc(void *arg, vmsa_pa at, vmsa_desc *out)
{
	return vmsa_memory_read(arg, at, out);
}

/* Append a name if the field is set. */
static void flag(char *to, size_t size, bool set, const char *name)
{
	const size_t n = strlen(to);

	if (set)
		snprintf(to + n, size - n, " %s", name);
}

/* A table descriptor's fields, " UXNTable AF". */
static void table_text(const struct vmsa_geometry *g, vmsa_desc desc, char *to,
		       size_t size)
{
	struct vmsa_table_fields f;

	vmsa_table_decode(g, desc, &f);
	snprintf(to, size, "table at 0x%" PRIx64, f.next);
	flag(to, size, f.nstable, "NSTable");
	flag(to, size, f.aptable & 2, "APTable[1]");
	flag(to, size, f.aptable & 1, "APTable[0]");
	flag(to, size, f.uxntable, "UXNTable");
	flag(to, size, f.pxntable, "PXNTable");
	flag(to, size, f.af, "AF");
}

/* A leaf's size, address and fields, names as in the manual. */
static void leaf_text(const struct vmsa_geometry *g, const struct vmsa_step *s,
		      char *to, size_t size)
{
	const uint64_t span = vmsa_level_span(g, s->level);
	struct vmsa_leaf_fields f;
	char text[NUMBER_TEXT];

	vmsa_leaf_decode(g, s->desc, &f);
	snprintf(to, size, "%s %s at 0x%" PRIx64 " AttrIndx=%u SH=%u",
		 size_text(span, text), s->level == 3 ? "page" : "block",
		 f.oa & ~(span - 1), f.attrindx, f.sh);
	flag(to, size, f.ap & 2, "AP[2]");
	flag(to, size, f.ap & 1, "AP[1]");
	flag(to, size, f.af, "AF");
	flag(to, size, f.ng, "nG");
	flag(to, size, f.gp, "GP");
	flag(to, size, f.dbm, "DBM");
	flag(to, size, f.contiguous, "Contiguous");
	flag(to, size, f.pxn, "PXN");
	flag(to, size, f.uxn, "UXN");
}

/* One descriptor in words, by what it is at its level. */
static void step_text(const struct vmsa_geometry *g, const struct vmsa_step *s,
		      char *to, size_t size)
{
	switch (vmsa_desc_type(g, s->level, s->desc)) {
	case VMSA_DESC_TYPE_TABLE:
		table_text(g, s->desc, to, size);
		break;
	case VMSA_DESC_TYPE_BLOCK:
	case VMSA_DESC_TYPE_PAGE:
		leaf_text(g, s, to, size);
		break;
	case VMSA_DESC_TYPE_INVALID:
	default:
		snprintf(to, size, s->desc ? "invalid, not zero" : "invalid");
		break;
	}
}

/* "rw-" of the three bits from @perm's bit @read on. */
static const char *rights(unsigned perm, unsigned read)
{
	static const char *const text[] = { "---", "r--", "-w-", "rw-",
					    "--x", "r-x", "-wx", "rwx" };

	return text[perm / read & 7];
}

/* The memory type MAIR gives the leaf. */
static const char *kind_text(const struct vmsa_memory_type *type)
{
	static const char *const names[] = {
		[VMSA_DEVICE_NGNRNE] = "Device-nGnRnE",
		[VMSA_DEVICE_NGNRE] = "Device-nGnRE",
		[VMSA_DEVICE_NGRE] = "Device-nGRE",
		[VMSA_DEVICE_GRE] = "Device-GRE",
		[VMSA_NORMAL] = "Normal",
		[VMSA_NORMAL_TAGGED] = "Normal-Tagged",
	};

	return names[type->kind];
}

/* What the walk came to: an address with its rights, or a fault. */
static void print_answer(const struct walker *w)
{
	const struct vmsa_walk *a = &w->walk;
	char text[NUMBER_TEXT];

	if (a->fault) {
		printf("  %s fault, level %d (status code 0x%02x)\n",
		       vmsa_fault_name(a->fault), a->level, a->dfsc);
		return;
	}
	printf("  PA 0x%" PRIx64 ", EL1 %s, EL0 %s, %s%s", a->pa,
	       rights(a->attr.perm, VMSA_PERM_PR),
	       rights(a->attr.perm, VMSA_PERM_UR), kind_text(&a->attr.memory),
	       a->attr.ng ? ", not global" : ", global");
	if (a->attr.contiguous)
		printf(", in a contiguous group of %s",
		       size_text(a->attr.contiguous, text));
	putchar('\n');
}

static void print_walk(const struct walker *w)
{
	const struct vmsa_geometry *g = &w->regime.half[1].geometry;
	char text[200];

	printf("VA 0x%016" PRIx64 "\n", w->access.va);
	for (int i = 0; i < w->walk.steps; i++) {
		const struct vmsa_step *s = &w->walk.step[i];

		step_text(g, s, text, sizeof(text));
		printf("  level %2d  at 0x%" PRIx64 "  0x%016" PRIx64 "  %s\n",
		       s->level, s->at, s->desc, text);
	}
	print_answer(w);
}

/* One walk; members that a fault leaves without meaning are left out. */
static void write_walk(const struct walker *w, struct doc *d)
{
	const struct vmsa_geometry *g = &w->regime.half[1].geometry;
	const struct vmsa_walk *a = &w->walk;
	char text[200];

	doc_object(d, NULL);
	doc_hex(d, "va", w->access.va);
	doc_text(d, "fault", a->fault ? vmsa_fault_name(a->fault) : NULL);
	doc_count(d, "level", a->level);
	doc_count(d, "status_code", a->dfsc);
	if (!a->fault) {
		doc_hex(d, "pa", a->pa);
		doc_count(d, "leaf_size", a->size);
		doc_count(d, "contiguous_size", a->attr.contiguous);
		doc_text(d, "el1", rights(a->attr.perm, VMSA_PERM_PR));
		doc_text(d, "el0", rights(a->attr.perm, VMSA_PERM_UR));
		doc_text(d, "memory", kind_text(&a->attr.memory));
		doc_bool(d, "global", !a->attr.ng);
	}
	doc_array(d, "steps");
	for (int i = 0; i < a->steps; i++) {
		step_text(g, &a->step[i], text, sizeof(text));
		doc_object(d, NULL);
		doc_count(d, "level", a->step[i].level);
		doc_hex(d, "at", a->step[i].at);
		doc_hex(d, "descriptor", a->step[i].desc);
		doc_text(d, "decoded", text);
		doc_end(d);
	}
	doc_end(d);
	doc_end(d);
}

/* A read by the kernel: the walk that can fail in the fewest ways. */
static int walk_one(struct walker *w, const struct args *args, const char *word,
		    struct doc *d)
{
	const struct vmsa_walk_ops ops = {
		.read = read_desc,
		.arg = vmsa_linux_memory(w->sys),
	};
	uint64_t address;
	int ret;

	if (!parse_number(word, &address))
		return complain("'%s' is not an address", word);
	w->access = (struct vmsa_access){
		.va = args->pa ? vmsa_linux_va(w->sys, address) : address,
	};
	if (!(w->access.va >> 55 & 1))
		return complain("0x%" PRIx64 " is not a kernel address%s",
				address, args->pa ? "" : "; --pa?");
	ret = vmsa_walk(&w->regime, &ops, &w->access, &w->walk);
	if (ret)
		return complain("%s: %s", word, strerror(-ret));
	if (d)
		write_walk(w, d);
	else
		print_walk(w);
	return w->walk.fault ? EXIT_NO : EXIT_DONE;
}

/* One address that is no number ends it; one that faults does not. */
static int walk_all(struct walker *w, const struct args *args)
{
	struct doc *d = args->json ? doc_open() : NULL;
	int ret = EXIT_DONE;

	doc_array(d, "walks");
	for (int i = 0; i < args->nr_operands && ret != EXIT_BAD; i++)
		ret = worse_of(ret, walk_one(w, args, args->operands[i], d));
	doc_end(d);
	if (args->json)
		ret = worse_of(ret, doc_close(d, stdout));
	return ret;
}

static int run(const struct args *args)
{
	struct system system = { 0 };
	struct walker w;
	int ret;

	ret = system_open_tables(&args->machine, &args->recorded, &system);
	if (!ret) {
		w.sys = system.linux_system;
		ret = kernel_regime(w.sys, &w.regime);
	}
	if (!ret)
		ret = walk_all(&w, args);
	system_close(&system);
	return ret;
}

const struct command walk_command = {
	.name = "walk",
	.operands = "VA...",
	.min_operands = 1,
	.max_operands = INT_MAX,
	.summary = "Translate kernel addresses, level by level",
	.machine = "qemu-virt",
	.groups = { &walk_options, &case_options, &machine_options,
		    &common_options },
	.run = run,
};
