/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_SETUP_H
#define VMSA_TOOLS_SETUP_H
/*
 * setup.h - the replay options, turned into TLBs and placements
 */
#include "jobs.h"
#include "json.h"
#include "system.h"

/** struct tlb_notes - where the replayed TLBs differ from the machine's. */
struct tlb_notes {
	bool assumed;  /**< the machine describes none: a Neoverse N1's */
	bool l1d_full; /**< L1 D made fully associative, for the filter */
	bool l1i_full; /**< L1 I likewise */
};

/**
 * setup_tlb() - the TLBs of a system's boot CPU.
 * @system: booted
 * @sizes:  of --tlb; or NULL
 * @tlb:    sizes and costs
 * @notes:  what was changed
 *
 * Bundled traces have passed a filter that is exact only before a fully
 * associative first level, so that is what every first level becomes.
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int setup_tlb(const struct system *system, const char *sizes,
	      struct vmsa_tlb_config *tlb, struct tlb_notes *notes);

/** setup_print_tlb() - describe TLBs and notes, several lines. */
void setup_print_tlb(const struct vmsa_tlb_config *tlb,
		     const struct tlb_notes *notes);

/** setup_write_tlb() - the same as a JSON object. */
void setup_write_tlb(const struct vmsa_tlb_config *tlb,
		     const struct tlb_notes *notes, struct doc *d);

/** PLACEMENT_TEXT - bytes that placement_text() needs at most. */
#define PLACEMENT_TEXT 64

/** placement_text() - "as recorded", "scattered in units of 64 KiB". */
char *placement_text(const struct placement_args *p, char *out);

#endif /* VMSA_TOOLS_SETUP_H */
