/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_RECORDED_H
#define VMSA_LIB_RECORDED_H
/*
 * recorded.h - the inside of a recorded case
 *
 *     case.c      a folder -> machine, kernel, list of stages
 *     text.c      files, decompressed, line by line
 *     dump.c      a stage's tables: read them, store them in a system
 *     ops.c       the calls the kernel made: read them, make them again
 *     compare.c   a stage against a system, leaf for leaf
 *     adopt.c     changes of an idle kernel that were not recorded
 *     verify.c    which of these a case needs, in which order
 *
 * The formats are docs/recorded-kernels.md's.
 */
#include "linux/linux.h"
#include "vmsa/recorded.h"

/** TEXT_NAME - room for a path, bytes; a longer one is refused. */
#define TEXT_NAME 1024

/** struct text - a whole text, NUL-terminated. */
struct text {
	char *data;           /* malloc()ed */
	size_t size;          /* bytes before the NUL that was added */
	char name[TEXT_NAME]; /* its path */
};

/** struct dump_line - one line of a table dump: a run of entries of a table. */
struct dump_line {
	vmsa_va va;      /* first address the first one translates */
	vmsa_desc desc;  /* the first one */
	uint32_t count;  /* the i-th is desc + i * what an entry covers */
	uint32_t number; /* of the line in its file, from 1 */
	int8_t level;    /* -1 .. 3 */
	char kind;       /* T table, B block, P page, I invalid but not zero */
};

/** vmsa_dump_letter() - the letter a dump has for a descriptor of @type. */
static inline char vmsa_dump_letter(enum vmsa_desc_type type)
{
	static const char letters[] = {
		[VMSA_DESC_TYPE_INVALID] = 'I',
		[VMSA_DESC_TYPE_TABLE] = 'T',
		[VMSA_DESC_TYPE_BLOCK] = 'B',
		[VMSA_DESC_TYPE_PAGE] = 'P',
	};

	return letters[type];
}

/** struct stage - what the header of a stage says, and its lines. */
struct stage {
	char file[TEXT_NAME];    /* for errors */
	struct dump_line *lines; /* in the order of the file */
	size_t nr_lines;         /* how many */

	/* From the header; VMSA_NOT_SAID where it has no such line. */
	uint64_t kernel_pa, memstart, kfence_pool, root_pa, mmfr0, mmfr2;
	uint64_t rodata_full, rodata_enabled, use_ng, requires_bbm;
};

/**
 * VMSA_NOT_SAID - no value of a header: addresses are aligned, flags 0 or 1.
 */
#define VMSA_NOT_SAID (~UINT64_C(0))

/** MAX_STAGES - stage files of one case: ops-* has nine. */
#define MAX_STAGES 32

/**
 * struct vmsa_case - a case as opened; its stages are read when they are asked
 * for.
 */
struct vmsa_case {
	char dir[TEXT_NAME];          /* its folder */
	char name[TEXT_NAME];         /* the folder's own name */
	struct vmsa_machine *machine; /* its first CPU as the kernel saw it */
	struct vmsa_linux_kernel kernel; /* what its config and symbols say */
	vmsa_pa image;                   /* of _text, from the first stage */
	char stages[MAX_STAGES][64];     /* sorted, without .pt.zst */
	size_t nr_stages;                /* how many */
};

/* --- text.c --- */

/**
 * vmsa_text_read() - read a file, decompressed if its name ends in .zst.
 * @dir:  folder
 * @name: file in it
 * @out:  its text; free @out->data
 * @err:  what is wrong; may be NULL
 *
 * Return: 0; a negative errno.
 */
int vmsa_text_read(const char *dir, const char *name, struct text *out,
		   struct vmsa_error *err);

/**
 * vmsa_text_line() - the next line of a text.
 * @at: where it starts; moves behind it
 *
 * Return: the line, cut at its end in place; NULL at the end of the text.
 */
char *vmsa_text_line(char **at);

/* --- dump.c --- */

/**
 * vmsa_stage_read() - read a stage of a case.
 * @c:     the case
 * @stage: index in its stages
 * @out:   the stage; free @out->lines
 * @err:   file and line that are wrong; may be NULL
 *
 * Return: 0; -EINVAL for what is no stage; -ENOMEM; as opening the file.
 */
int vmsa_stage_read(const struct vmsa_case *c, size_t stage, struct stage *out,
		    struct vmsa_error *err);

/**
 * vmsa_stage_load() - store a stage's descriptors in a system's memory.
 * @s:   the stage, as read
 * @l:   the system of its case, nothing mapped
 * @err: the line that fits no table; may be NULL
 *
 * Return: 0; -EINVAL; -ENOMEM.
 */
int vmsa_stage_load(const struct stage *s, struct vmsa_linux *l,
		    struct vmsa_error *err);

/* --- compare.c --- */

/**
 * vmsa_stage_compare() - the linear maps of a stage and a system.
 * @s:   the stage: what the kernel had
 * @l:   the system: what we have
 * @how: what to print of differences, and where
 * @v:   differences are counted in it
 *
 * Return: 0, with or without differences; -ENOMEM; as vmsa_visit().
 */
int vmsa_stage_compare(const struct stage *s, const struct vmsa_linux *l,
		       const struct vmsa_verify *how, struct vmsa_verdict *v);

/* --- ops.c --- */

/** struct call_log - calls of the mapping code that a boot made. */
struct call_log {
	struct vmsa_linux_map *v; /* first one first */
	size_t n, room;           /* in use; allocated */
	bool failed;              /* out of memory */
};

/**
 * vmsa_call_log_add() - a vmsa_linux_map_fn that appends.
 * @log: a struct call_log; what it has no memory for makes it failed
 * @map: the call
 */
void vmsa_call_log_add(void *log, const struct vmsa_linux_map *map);

/** enum op_kind - what a recorded line is. */
enum op_kind {
	OP_MAP,         /* a call of the mapping code */
	OP_UPDATE,      /* a permission change, its split included */
	OP_PAGING_DONE, /* the map is built: stage 00 */
	OP_CPUS_FINAL,  /* capabilities are final: stage 01, then the repaint */
	OP_IDLE,        /* user space waits: the last stage */
	OP_OTHER,       /* says nothing about the linear map */
};

/** struct op - one recorded call, or a mark between calls. */
struct op {
	enum op_kind kind;         /* which; the rest is of calls */
	struct vmsa_linux_map map; /* UPDATE: va and size */
	vmsa_desc set, clear;      /* UPDATE */
};

/** struct ops - a file of calls, being read. */
struct ops {
	struct text text; /* all of it */
	char *at;         /* what is left of it */
	size_t line;      /* read last, from 1 */
};

/**
 * vmsa_ops_open() - start reading a file of calls.
 * @c:    the case
 * @file: its name in the case's folder
 * @out:  the file, at its start
 * @err:  what is wrong; may be NULL
 *
 * Return: as vmsa_text_read().
 */
int vmsa_ops_open(const struct vmsa_case *c, const char *file, struct ops *out,
		  struct vmsa_error *err);

/**
 * vmsa_ops_close() - and stop.
 * @ops: what vmsa_ops_open() gave
 */
void vmsa_ops_close(struct ops *ops);

/**
 * vmsa_ops_next() - the next call on the linear map, or the next mark.
 * @ops: the file; moves on
 * @l:   whose linear map; calls on other addresses are passed over
 * @op:  what was found
 * @err: the line that is no call; may be NULL
 *
 * Return: 1; 0 at the end; -EINVAL.
 */
int vmsa_ops_next(struct ops *ops, const struct vmsa_linux *l, struct op *op,
		  struct vmsa_error *err);

/**
 * vmsa_op_apply() - make a recorded call again.
 * @op: a MAP, without an allocator, or an UPDATE
 * @l:  the system
 *
 * Return: as vmsa_linux_map() or vmsa_linux_update_range().
 */
int vmsa_op_apply(const struct op *op, struct vmsa_linux *l);

/* --- adopt.c --- */

/**
 * vmsa_stage_adopt() - change what an idle kernel had changed.
 * @s:           the idle stage
 * @machine:     for its NUMA nodes
 * @l:           the system, booted up to user space
 * @unexplained: pages that no known caller changes, or too few or many
 *
 * Return: 0, or an error of the permission change.
 */
int vmsa_stage_adopt(const struct stage *s, const struct vmsa_machine *machine,
		     struct vmsa_linux *l, uint64_t *unexplained);

#endif /* VMSA_LIB_RECORDED_H */
