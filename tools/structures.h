/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_STRUCTURES_H
#define VMSA_TOOLS_STRUCTURES_H
/*
 * structures.h - what a PE's translation structures are, said in full
 */
#include "json.h"
#include "vmsa/tlb.h"

/**
 * structures_print() - the TLBs, then the caches of walks, several lines.
 * @tlb: the structures; of each that is there, entries, ways, and what of it is
 *       not plain: a structure of sizes alone says nothing more
 */
void structures_print(const struct vmsa_tlb_config *tlb);

/**
 * structures_write() - the same, plain or not, as members of a JSON object.
 * @tlb: the structures; those that are absent have no entries
 * @d:   where to; sizes are bytes, "aggregate" is in pages
 */
void structures_write(const struct vmsa_tlb_config *tlb, struct doc *d);

#endif /* VMSA_TOOLS_STRUCTURES_H */
