/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_FILTER_H
#define VMSA_LIB_TRACE_FILTER_H
/*
 * filter.h - leave out what a reader can rebuild: the last K pages, LRU
 *
 * A hit leaves no record, unless it is the first store to its page.  A miss
 * replaces the least recently *used* page, though the list it is named by is
 * in the order of *records*: that difference is what the victim tells.
 */
#include "vmsa/trace.h"

/** struct vmsa_lru - the filter while recording. */
struct vmsa_lru {
	unsigned entries; /**< K, 1 .. VMSA_TRACE_MAX_FILTER */
	uint64_t clock;   /**< uses so far */
	uint64_t pending; /**< accesses since the last record kept */
	struct {
		uint64_t page;          /**< VMSA_TRACE_NO_PAGE: empty */
		uint64_t used;          /**< clock of the last use */
		bool written;           /**< a record told of a store */
	} entry[VMSA_TRACE_MAX_FILTER]; /**< oldest record first */
};

/** vmsa_lru_init() - a filter of @entries empty entries. */
void vmsa_lru_init(struct vmsa_lru *f, unsigned entries);

/** vmsa_lru_empty() - a TLBI was recorded: each page shall be seen again. */
void vmsa_lru_empty(struct vmsa_lru *f);

/**
 * vmsa_lru_pass() - decide on a DATA or FETCH record.
 * @f: the filter of its kind
 * @r: unfiltered; if it is to be kept, victim and accesses are filled in
 *
 * Return: true, if the record is to be kept.
 */
bool vmsa_lru_pass(struct vmsa_lru *f, struct vmsa_trace_record *r);

#endif /* VMSA_LIB_TRACE_FILTER_H */
