/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_SLOW_WALK_H
#define VMSA_SLOW_WALK_H
/*
 * slow_walk.h - a second stage 1 walker, written to be obvious
 *
 * Register fields are taken bit by bit where the question comes up, nothing is
 * worked out ahead, and no code of the library is called.  Input structs and
 * the names of faults are shared; every rule is written again.
 */
#include "vmsa/arch/walk.h"

/* All that an answer depends on, memory apart. */
struct question {
	struct vmsa_registers reg;
	struct vmsa_features feat;
	struct vmsa_policy policy;
	struct vmsa_access access;
};

/* The parts of an answer that are compared. */
struct slow_answer {
	enum vmsa_fault fault;
	int level;
	uint64_t pa;      /* 0 unless a leaf was found */
	unsigned perm;    /* as VMSA_PERM_* */
	unsigned raw, sh; /* MAIR byte; shareability */
	int ng;
	uint64_t group;  /* contiguous bytes */
	uint64_t digest; /* slow_digest() of every descriptor read */
	int cacheable;
	int reads;
};

/* Fold one step: where a descriptor was, and what it is after updates. */
static inline uint64_t slow_digest(uint64_t digest, uint64_t at, uint64_t desc)
{
	return digest * 31 + (at ^ desc * UINT64_C(0x9e3779b97f4a7c15));
}

typedef uint64_t (*slow_memory)(uint64_t seed, uint64_t at);

struct slow_answer slow_walk(const struct question *q, slow_memory memory,
			     uint64_t seed);

#endif /* VMSA_SLOW_WALK_H */
