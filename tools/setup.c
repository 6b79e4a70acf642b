/* SPDX-License-Identifier: BSD-2-Clause */
#include "setup.h"

#include <inttypes.h>

#include "say.h"
#include "sheet.h"
#include "sizes.h"
#include "structures.h"

/* Make a first level fully associative; whether that changed it. */
static bool make_full(struct vmsa_tlb_array *l1)
{
	const bool changed = l1->ways != l1->entries;

	l1->ways = l1->entries;
	return changed;
}

/* A model may lack what nobody published: the user has to say it. */
static int complete(const struct vmsa_tlb_config *tlb, const char *cpu)
{
	const char *lacks = !tlb->l1d.entries   ? "l1d"
			    : !tlb->l1i.entries ? "l1i"
						: NULL;

	if (!lacks)
		return EXIT_DONE;
	return complain("the size of %s in %s is not known; assume one, such "
			"as --tlb %s=48",
			lacks, cpu, lacks);
}

int setup_tlb(const struct system *system, const char *sizes,
	      struct vmsa_tlb_config *tlb, struct tlb_notes *notes)
{
	const struct vmsa_tlb_config fallback = VMSA_TLB_CONFIG_DEFAULT;
	const struct vmsa_geometry *g =
		vmsa_space_geometry(vmsa_linux_space(system->linux_system));
	size_t n;
	const struct vmsa_cpu *cpu = vmsa_machine_cpus(system->machine, &n);
	int ret = EXIT_DONE;

	*tlb = cpu->tlb;
	*notes = (struct tlb_notes){ 0 };
	notes->assumed =
		!tlb->l1d.entries && !tlb->l1i.entries && !tlb->l2.entries;
	if (notes->assumed)
		*tlb = fallback;
	if (sizes)
		ret = sizes_apply(sizes, tlb);
	if (!ret)
		ret = complete(tlb, cpu->compatible);
	tlb->granule_shift = g->granule_shift;
	tlb->lpa2 = g->format == VMSA_FORMAT_LPA2;
	notes->l1d_full = make_full(&tlb->l1d);
	notes->l1i_full = make_full(&tlb->l1i);
	return ret;
}

void setup_print_tlb(const struct vmsa_tlb_config *tlb,
		     const struct tlb_notes *notes)
{
	structures_print(tlb);
	printf("            cycles: %u to start, %u or %u a descriptor; %u "
	       "for a hit in L2\n",
	       tlb->walk_cycles, tlb->line_hit_cycles, tlb->line_miss_cycles,
	       tlb->l2_cycles);
	if (notes->assumed)
		puts("            The machine describes no TLBs: those of a "
		     "Neoverse N1 are assumed.");
	if (notes->l1d_full || notes->l1i_full)
		printf("            The CPU's L1 %s is less associative; the "
		       "traces' filter asks for this.\n",
		       notes->l1d_full && notes->l1i_full ? "D and I"
		       : notes->l1d_full                  ? "D"
							  : "I");
}

void setup_write_tlb(const struct vmsa_tlb_config *tlb,
		     const struct tlb_notes *notes, struct doc *d)
{
	doc_object(d, "tlb");
	structures_write(tlb, d);
	doc_bool(d, "contiguous", tlb->l1d.contiguous);
	doc_count(d, "l2_cycles", tlb->l2_cycles);
	doc_count(d, "walk_cycles", tlb->walk_cycles);
	doc_count(d, "line_hit_cycles", tlb->line_hit_cycles);
	doc_count(d, "line_miss_cycles", tlb->line_miss_cycles);
	doc_bool(d, "assumed", notes->assumed);
	doc_bool(d, "l1d_made_fully_associative", notes->l1d_full);
	doc_bool(d, "l1i_made_fully_associative", notes->l1i_full);
	doc_end(d);
}

char *placement_text(const struct placement_args *p, char *out)
{
	char unit[NUMBER_TEXT], size[NUMBER_TEXT];

	if (!p->scatter) {
		snprintf(out, PLACEMENT_TEXT, "as recorded");
		return out;
	}
	size_text(UINT64_C(1) << (p->shift + VMSA_TRACE_PAGE_SHIFT), unit);
	if (p->size)
		snprintf(out, PLACEMENT_TEXT, "scattered by %s over %s", unit,
			 size_text(p->size, size));
	else
		snprintf(out, PLACEMENT_TEXT, "scattered by %s", unit);
	return out;
}
