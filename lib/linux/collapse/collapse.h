/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_COLLAPSE_H
#define VMSA_LIB_COLLAPSE_H
/*
 * collapse.h - the inside of one collapse: the walk, and what it asks of folds
 *
 *     collapse.c   walks the tables the range touches, bottom up
 *     fold.c       decides on one table or group, and folds it
 *     policy.c     decides when
 */
#include "linux/linux.h"
#include "vmsa/linux/collapse.h"

/** MAX_DOOMED - tables unlinked, not freed yet: a TLBI round frees so many. */
#define MAX_DOOMED 64

/** MAX_SEAMS - seams of the system's own: text and data alias, KFENCE pool. */
#define MAX_SEAMS 3

/** struct doomed - a table nothing points to, but a walk cache may. */
struct doomed {
	struct vmsa_table table; /* the table */
	vmsa_va va;              /* first address it translated */
	uint64_t size;           /* bytes it translated */
};

/** struct collapse - one call of vmsa_linux_collapse(). */
struct collapse {
	struct vmsa_linux *l;                      /* the system */
	const struct vmsa_geometry *g;             /* of its tables */
	const struct vmsa_collapse_config *config; /* passed the check */
	struct vmsa_collapse_stats stats;          /* so far */
	vmsa_va start, last; /* what was asked for, inclusive */
	unsigned flags;      /* VMSA_LINUX_NO_* of the whole map */
	bool in_place;       /* else by break-before-make */
	bool flush_due;      /* level 2: sizes are mixed in TLBs */

	/* The system's own fences; the caller's are in config. */
	struct vmsa_collapse_fence seams[MAX_SEAMS];
	unsigned nr_seams;
	/* Unlinked in place, in the order of the walk; see the flush. */
	struct doomed doomed[MAX_DOOMED];
	unsigned nr_doomed;
};

/** struct place - one entry of a table on the way down. */
struct place {
	struct vmsa_table *table; /* that holds it */
	unsigned index;           /* of the entry in it */
	vmsa_va va;               /* first address the entry translates */
};

/**
 * vmsa_collapse_fold_table() - put a block in the place of a table.
 * @c:     the collapse
 * @at:    the entry that points to the table
 * @child: the table
 *
 * Return: whether its leaves agreed and it was done.
 */
bool vmsa_collapse_fold_table(struct collapse *c, const struct place *at,
			      struct vmsa_table *child);

/**
 * vmsa_collapse_fold_group() - make a CONT group of entries that agree.
 * @c:  the collapse
 * @at: the group's first entry
 */
void vmsa_collapse_fold_group(struct collapse *c, const struct place *at);

/**
 * vmsa_collapse_flush() - invalidate what is due and free doomed tables.
 * @c: the collapse; nothing is due afterwards
 */
void vmsa_collapse_flush(struct collapse *c);

/**
 * vmsa_linux_collapse_check() - what vmsa_linux_collapse() would refuse.
 * @l:      the system
 * @start:  first address
 * @end:    end, exclusive
 * @config: what the caller promises
 *
 * Return: 0; -EINVAL, -ERANGE or -EOPNOTSUPP as vmsa_linux_collapse().
 */
int vmsa_linux_collapse_check(const struct vmsa_linux *l, vmsa_va start,
			      vmsa_va end,
			      const struct vmsa_collapse_config *config);

/**
 * vmsa_linux_collapse_ranges() - collapse many ranges, flush once.
 * @l:      the system
 * @r:      ranges of addresses that passed the check, ascending
 * @n:      how many
 * @config: level in force, seams
 * @out:    what was done; may be NULL
 *
 * Return: as vmsa_linux_collapse().
 */
int vmsa_linux_collapse_ranges(struct vmsa_linux *l, const struct vmsa_range *r,
			       size_t n,
			       const struct vmsa_collapse_config *config,
			       struct vmsa_collapse_stats *out);

#endif /* VMSA_LIB_COLLAPSE_H */
