/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_STATE_H
#define VMSA_LIB_TRACE_STATE_H
/*
 * state.h - what must be known to go on from the middle of a stream
 *
 * The writer keeps one to put it in front of each block, a seek to get from a
 * block's start to the instruction asked for, a cut to start a new stream.
 */
#include "trace/format.h"

/** struct vmsa_filter - the last pages recorded, oldest first. */
struct vmsa_filter {
	unsigned entries; /**< 0 = not filtered */
	struct vmsa_trace_record entry[VMSA_TRACE_MAX_FILTER]; /**< last */
};

/** struct vmsa_trace_state - after the records it has seen. */
struct vmsa_trace_state {
	struct vmsa_filter data;             /**< of the DATA records */
	struct vmsa_filter fetch;            /**< of the FETCH records */
	struct vmsa_trace_record context[3]; /**< TTBR0, TTBR1, TASK */
	bool known[3]; /**< which of these have been seen */
};

/**
 * vmsa_trace_state_init() - nothing seen, all entries empty.
 * @s:     what to fill
 * @data:  entries of the DATA filter
 * @fetch: entries of the FETCH filter
 */
void vmsa_trace_state_init(struct vmsa_trace_state *s, unsigned data,
			   unsigned fetch);

/**
 * vmsa_trace_state_update() - follow one record, state records as well.
 * @s: a state
 * @r: a record; its victim must be valid (vmsa_trace_victim_ok())
 */
void vmsa_trace_state_update(struct vmsa_trace_state *s,
			     const struct vmsa_trace_record *r);

/**
 * vmsa_trace_victim_ok() - does a record's victim fit its filter?
 * @s: a state
 * @r: a record of any kind
 */
bool vmsa_trace_victim_ok(const struct vmsa_trace_state *s,
			  const struct vmsa_trace_record *r);

/**
 * vmsa_trace_state_records() - the state as state records.
 * @s:    a state
 * @insn: their stamp
 * @out:  room for VMSA_BLOCK_PREAMBLE records
 *
 * Return: how many were written.
 */
unsigned vmsa_trace_state_records(const struct vmsa_trace_state *s,
				  uint64_t insn, struct vmsa_trace_record *out);

#endif /* VMSA_LIB_TRACE_STATE_H */
