/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef INSTRUMENT_H
#define INSTRUMENT_H
/*
 * instrument.h - tell the checker what your own page-table code does
 *
 *     your code -> INSTRUMENT_...() beside each store, barrier and TLBI
 *               -> checker -> a report that names your file and line
 *
 * Nothing of your code has to change but those lines: your tables stay where
 * they are, and a function that you give reads them.  Copy this file; it needs
 * libvmsa's headers and library only.  instrument.c shows its use.
 *
 * Put the line behind a store, since the checker may read the tables.  A NULL
 * for the struct switches all of it off.
 *
 * Threads  one at a time: take a lock around store and line
 */
#include <stdio.h>
#include <string.h>

#include "vmsa/bbm.h"

/** INSTRUMENT_FILES - source files that can be told apart. */
#define INSTRUMENT_FILES 64u

/** INSTRUMENT_LINES - lines of one of them. */
#define INSTRUMENT_LINES (1u << 20)

/** struct instrument - one checker of one tree of tables. */
struct instrument {
	struct vmsa_checker *checker; /**< NULL before the start */
	FILE *out;                    /**< where findings are told */
	uint64_t findings;            /**< how many, of any verdict */
	unsigned tables;              /**< what the checker calls the tree */
	uint16_t pe;                  /**< who acts; change it as you like */
	const char *file[INSTRUMENT_FILES]; /**< files met so far */
	char tag[128];                      /**< the place told last */
};

static inline const char *instrument_tag(void *arg, uint32_t source)
{
	struct instrument *in = arg;
	const unsigned line = source % INSTRUMENT_LINES;
	const char *file = in->file[source / INSTRUMENT_LINES];

	snprintf(in->tag, sizeof(in->tag), "%s:%u", file, line);
	return in->tag;
}

static inline void instrument_tell(void *arg,
				   const struct vmsa_check_finding *finding)
{
	struct instrument *in = arg;

	in->findings++;
	if (in->out)
		vmsa_check_print(in->out, finding, instrument_tag, in);
}

/**
 * instrument_start() - check a tree of tables from now on.
 * @in:     all zero, or with its @out set
 * @config: the PEs: FEAT_BBM level, and how many if it is known; the function
 *          that sees findings is put in here
 * @tables: the tree: geometry, root, and how a descriptor is read
 *
 * Return: 0, or an error of vmsa_checker_create() and vmsa_checker_add().
 */
static inline int instrument_start(struct instrument *in,
				   struct vmsa_checker_config config,
				   const struct vmsa_check_tables *tables)
{
	int rc;

	config.fn = instrument_tell;
	config.arg = in;
	rc = vmsa_checker_create(&config, &in->checker);
	return rc ? rc : vmsa_checker_add(in->checker, tables, &in->tables);
}

/**
 * instrument_stop() - check no more, and give everything back.
 * @in: the instrument; starts again with instrument_start()
 *
 * Return: 0 if everything was checked; an error of vmsa_checker_finish().
 */
static inline int instrument_stop(struct instrument *in)
{
	const int rc = vmsa_checker_finish(in->checker);

	vmsa_checker_destroy(in->checker);
	in->checker = NULL;
	return rc;
}

/** instrument_at() - what is told next happened in this file and line. */
static inline void instrument_at(struct instrument *in, const char *path,
				 unsigned line)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	unsigned i = 0;

	while (i < INSTRUMENT_FILES - 1 && in->file[i] &&
	       strcmp(in->file[i], file))
		i++;
	in->file[i] = file;
	vmsa_checker_source(in->checker,
			    i * INSTRUMENT_LINES + line % INSTRUMENT_LINES);
}

static inline void instrument_event(struct instrument *in,
				    struct vmsa_event event)
{
	event.pe = in->pe;
	vmsa_checker_event(in->checker, in->tables, &event);
}

/** struct instrument_store - a descriptor that has been stored. */
struct instrument_store {
	int level;      /**< of its table */
	vmsa_va va;     /**< first address it translates */
	vmsa_pa at;     /**< its own address, as the walker sees it */
	vmsa_desc old;  /**< what was there */
	vmsa_desc desc; /**< what is there now */
};

static inline void instrument_store(struct instrument *in,
				    const struct instrument_store *s)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_STORE,
				.level = (int8_t)s->level };

	e.u.store.va = s->va;
	e.u.store.at = s->at;
	e.u.store.old = s->old;
	e.u.store.desc = s->desc;
	e.u.store.count = 1;
	instrument_event(in, e);
}

static inline void instrument_table(struct instrument *in,
				    enum vmsa_event_kind kind, int level,
				    vmsa_pa pa)
{
	struct vmsa_event e = { .kind = kind, .level = (int8_t)level };

	e.u.table.pa = pa;
	instrument_event(in, e);
}

static inline void instrument_barrier(struct instrument *in,
				      enum vmsa_barrier barrier)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_BARRIER };

	e.u.barrier = barrier;
	instrument_event(in, e);
}

static inline void instrument_tlbi(struct instrument *in, enum vmsa_tlbi_op op,
				   enum vmsa_tlbi_scope scope, uint64_t operand)
{
	struct vmsa_event e = { .kind = VMSA_EVENT_TLBI };

	e.u.tlbi = (struct vmsa_tlbi){ op, scope, operand };
	instrument_event(in, e);
}

static inline void instrument_operation(struct instrument *in,
					enum vmsa_event_kind kind,
					const char *name)
{
	struct vmsa_event e = { .kind = kind };

	e.u.name = name;
	instrument_event(in, e);
}

/* The line that calls is what a report names; a compiler knows of &x. */
#define INSTRUMENT(in, call)                                   \
	do {                                                   \
		struct instrument *instrument_in = (in);       \
                                                               \
		if (instrument_in) {                           \
			instrument_at(instrument_in, __FILE__, \
				      (unsigned)__LINE__);     \
			call;                                  \
		}                                              \
	} while (0)

/** INSTRUMENT_STORE() - a descriptor: level, VA, its address, old, new. */
#define INSTRUMENT_STORE(in, ...)        \
	INSTRUMENT(in, instrument_store( \
			       in, &(struct instrument_store){ __VA_ARGS__ }))

/** INSTRUMENT_ALLOC() - a zeroed frame at @pa becomes a table of @level. */
#define INSTRUMENT_ALLOC(in, level, pa) \
	INSTRUMENT(in, instrument_table(in, VMSA_EVENT_TABLE_ALLOC, level, pa))

/** INSTRUMENT_FREE() - the frame of a table is given back. */
#define INSTRUMENT_FREE(in, level, pa) \
	INSTRUMENT(in, instrument_table(in, VMSA_EVENT_TABLE_FREE, level, pa))

/** INSTRUMENT_BARRIER() - a DSB, DMB or ISB: an enum vmsa_barrier. */
#define INSTRUMENT_BARRIER(in, barrier) \
	INSTRUMENT(in, instrument_barrier(in, barrier))

/** INSTRUMENT_TLBI() - enum vmsa_tlbi_op, enum vmsa_tlbi_scope, and Xt. */
#define INSTRUMENT_TLBI(in, op, scope, operand) \
	INSTRUMENT(in, instrument_tlbi(in, op, scope, operand))

/** INSTRUMENT_BEGIN() - a named operation starts. */
#define INSTRUMENT_BEGIN(in, name) \
	INSTRUMENT(in, instrument_operation(in, VMSA_EVENT_BEGIN, name))

/** INSTRUMENT_END() - it ends: its old translations are to be gone. */
#define INSTRUMENT_END(in, name) \
	INSTRUMENT(in, instrument_operation(in, VMSA_EVENT_END, name))

#endif /* INSTRUMENT_H */
