/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_LITMUS_LOOKUP_H
#define VMSA_LIB_BBM_LITMUS_LOOKUP_H
/*
 * litmus_lookup.h - one lookup of a VA or an IPA, in one context of one PE
 *
 *     litmus_lookup.c  what tables say and a TLB holds for it
 *     litmus_tlb.c     what TLBs take in and lose (S4, S5)
 *     litmus_early.c   what accesses get, and may have got (S3)
 */
#include "bbm/litmus_state.h"

/** struct lookup - a stage, an address, and the context it happens in. */
struct lookup {
	struct search *s;       /**< the test, and its entries by number */
	struct state *st;       /**< the moment */
	unsigned pe;            /**< whose walker and TLB */
	struct context context; /**< registers in force for it */
	bool stage2;            /**< of an IPA, in the tables of VTTBR */
	uint8_t index;          /**< number of the VA or IPA */
};

/**
 * vmsa_lookup_make() - a lookup of a VA at stage 1.
 * @s:       the search
 * @st:      the moment
 * @pe:      whose
 * @context: number of one of its contexts; a VA that is mapped in the regime
 *           of EL2 is looked up in that, whatever the PE runs
 * @va:      number of the VA
 */
struct lookup vmsa_lookup_make(struct search *s, struct state *st, unsigned pe,
			       unsigned context, uint8_t va);

/** vmsa_lookup_stage2() - the second half of @l: the IPA that stage 1 gave. */
struct lookup vmsa_lookup_stage2(const struct lookup *l, uint8_t ipa);

/** vmsa_lookup_table_kind() - how a TLB holds a table of this stage. */
enum vmsa_cached_kind vmsa_lookup_table_kind(const struct lookup *l);

/**
 * vmsa_lookup_number() - number of an entry or a fault, new if need be.
 *
 * Return: 0 when there is no room, after setting @s->bound.
 */
unsigned vmsa_lookup_number(struct search *s, const struct entry *entry);

/**
 * vmsa_lookup_entry() - an entry for what is looked up, without an output.
 * @l:     the lookup, for tag and addresses
 * @kind:  what it is
 * @level: 2 or 3; a page is one of 4 KiB, all else covers 2 MiB
 */
struct entry vmsa_lookup_entry(const struct lookup *l,
			       enum vmsa_cached_kind kind, int level);

/**
 * vmsa_lookup_held() - the next entry a TLB may hold that a lookup hits.
 * @l:    the lookup
 * @kind: of entry
 * @i:    number to look from
 *
 * Return: its number, not below @i; MAX_ENTRIES for none.
 */
unsigned vmsa_lookup_held(const struct lookup *l, enum vmsa_cached_kind kind,
			  unsigned i);

/**
 * vmsa_lookup_level3() - a level 3 descriptor as a walk reads it now; 0,
 * which is invalid, where nobody speaks of it.
 */
uint32_t vmsa_lookup_level3(const struct lookup *l, uint8_t table);

/**
 * vmsa_lookup_level2() - the level 2 descriptor as a walk reads it now.
 * @l:       the lookup
 * @changes: whether the program stores to it, so that caching it shows
 *
 * Return: a value; the table of the base register where nobody speaks of the
 *	descriptor; 0 where the base is none.
 */
uint32_t vmsa_lookup_level2(const struct lookup *l, bool *changes);

/**
 * vmsa_lookup_faults() - add the faults that a walk of this stage may meet
 * now to @out.
 */
void vmsa_lookup_faults(const struct lookup *l, struct set *out);

/**
 * vmsa_litmus_translate_early() - accesses of a PE up to its next context
 * synchronisation event may be translated now (S3).
 */
void vmsa_litmus_translate_early(struct search *s, struct state *st,
				 unsigned pe);

/**
 * vmsa_litmus_recall_faults() - for MISTAKE_CACHED_FAULTS: faults that a TLB
 * holds come back as outcomes of the PE's next access.
 */
void vmsa_litmus_recall_faults(struct search *s, struct state *st, unsigned pe);

#endif /* VMSA_LIB_BBM_LITMUS_LOOKUP_H */
