/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_SCENARIO_H
#define VMSA_LIB_SCENARIO_H
/*
 * scenario.h - the inside of a script and of its run
 *
 *     words.c     the table of statements is the sum of those of its rooms:
 *                 setup.c, change.c, callers.c, plug.c, expect.c
 *     parse.c     lines -> statements, by that table
 *     address.c   what an address in a script means
 *     run.c       statements -> steps
 *     machine.c   what was described -> a machine and a system
 *     objects.c   what statements made, by name
 *
 * A script is checked whole before anything runs, so a statement that runs has
 * its operands parsed.  Addresses alone wait: what they name may not exist yet.
 * docs/scenario.md is the user's side.
 */
#include "vmsa/linux.h"
#include "vmsa/linux/scenario.h"

/** MAX_ARGS - operands of a statement; the tables of words need no more. */
#define MAX_ARGS 3

/** MAX_KEYS - keys of a statement, likewise. */
#define MAX_KEYS 18

struct runner;
struct statement;

/** struct address - an address as written: resolved when the statement runs. */
struct address {
	enum {
		ADDRESS_VA,     /* a number */
		ADDRESS_PA,     /* pa:NUMBER, its alias */
		ADDRESS_LINEAR, /* lm: where the linear map starts */
		ADDRESS_NAME,   /* of something that was made */
		ADDRESS_ALIAS,  /* alias:NAME, the alias of its page */
	} kind;                 /* what it is relative to */
	uint64_t number;        /* of VA and PA */
	const char *name;       /* with .SECTION for a module */
	uint64_t page;          /* NAME[page] */
	uint64_t offset;        /* ... + offset */
};

/** struct operand - one operand or the value of one key. */
struct operand {
	const char *word;        /* as written */
	uint64_t number;         /* u */
	struct vmsa_range range; /* r */
	struct address address;  /* a */
};

/**
 * struct key_spec - a key of a statement.
 *
 * What a word takes is one letter an operand: n name, a address, u number, r
 * range, w word, * the rest of the line; those after ? may be missing.
 */
struct key_spec {
	const char *name; /* as written, before the = */
	char kind;        /* the letters above, f for a flag without value */
};

/** struct word - a statement there is: how it reads, what it needs and does. */
struct word {
	const char *name;             /* one word or two */
	enum vmsa_scenario_kind kind; /* what a step of it is */
	const char *operands;         /* letters as of key_spec */
	const struct key_spec *keys;  /* ended by NULL; may be NULL */
	bool needs_system;            /* only after boot */
	/*
	 * Return what the kernel's function returned.  A statement that makes
	 * no sense returns bad().
	 */
	int (*run)(struct runner *r, const struct statement *s);
};

/** struct statement - one statement of a script. */
struct statement {
	unsigned line;           /* in its file, from 1 */
	char *text;              /* as written, for the reader */
	char *copy;              /* cut into words, which operands point into */
	const struct word *word; /* what it is */
	struct operand arg[MAX_ARGS]; /* in the order written */
	unsigned nr_args;             /* how many are there */
	struct operand key[MAX_KEYS]; /* by the word's table */
	uint32_t given;               /* which keys were */
};

/** struct vmsa_scenario - a script, parsed. */
struct vmsa_scenario {
	char name[256];               /* its file, for errors */
	struct statement *v;          /* in their order */
	size_t n, room;               /* in use; allocated */
	vmsa_scenario_watch_fn watch; /* or NULL */
	void *watch_arg;              /* for it */
};

/** has_key() - is the key of that index in the word's table given? */
static inline bool has_key(const struct statement *s, unsigned key)
{
	return s->given >> key & 1;
}

/** key_or() - the number of a key, or what holds without it. */
static inline uint64_t key_or(const struct statement *s, unsigned key,
			      uint64_t otherwise)
{
	return has_key(s, key) ? s->key[key].number : otherwise;
}

/** enum object_kind - what a name may stand for. */
enum object_kind {
	OBJECT_AREA,   /* a vmalloc area */
	OBJECT_MODULE, /* an area a section */
	OBJECT_BPF,    /* a program in a pack */
	OBJECT_SECRET, /* pages out of the direct map */
};

/** struct object - something a statement gave a name. */
struct object {
	char *name;                         /* malloc()ed */
	enum object_kind kind;              /* which of those below is used */
	const struct vmsa_linux_area *area; /* of an area */
	struct vmsa_linux_module module;    /* of a module */
	struct vmsa_linux_bpf bpf;          /* of a program */
	vmsa_pa pa;                         /* of a secret */
	uint64_t pages;                     /* of a secret */
	bool owned;                         /* its pages are the system's */
};

/** MAX_CPUS - CPUs a script may describe. */
#define MAX_CPUS 64

/** MAX_RANGES - ranges of each kind a script may describe. */
#define MAX_RANGES 16

/** struct plan - the machine and kernel a script describes. */
struct plan {
	char machine[1024];                      /* a .dtb, or "" */
	struct vmsa_range memory[MAX_RANGES];    /* banks */
	struct vmsa_range nomap[MAX_RANGES];     /* not to be mapped */
	struct vmsa_range reserved[MAX_RANGES];  /* not to be handed out */
	size_t nr_memory, nr_nomap, nr_reserved; /* how many */
	/* After a reset the first of a kind replaces those before. */
	bool old_memory, old_nomap, old_reserved, old_cpus;
	struct vmsa_cpu cpu[MAX_CPUS]; /* the first one boots */
	size_t nr_cpus;                /* 0: the default one */
	char bootargs[512];
	uint64_t kaslr_seed; /* 0: KASLR is off */
	enum vmsa_linux_version version;
	uint64_t page_shift, va_bits;    /* of the kernel */
	struct vmsa_linux_kernel kernel; /* its configuration */
	bool kernel_known;               /* a kernel statement was there */
	bool has_image;                  /* so was one with an image */
	vmsa_pa image_at;                /* of _text */
	struct vmsa_linux_image image;   /* end 0: the kernel's own */
	enum vmsa_linux_mapping mapping;
};

/** enum stage - how far the system has come: the stages of boot, in order. */
enum stage {
	STAGE_NONE,      /* there is none */
	STAGE_MAP,       /* the linear map is built */
	STAGE_ALLOCATOR, /* late tables can be had */
	STAGE_CPUS,      /* capabilities are final */
	STAGE_TEXT,      /* the alias of the text is read-only */
	STAGE_USER,      /* rodata as well: user space */
};

/** struct runner - one run of a script. */
struct runner {
	const struct vmsa_scenario *scenario; /* what runs */
	struct plan plan;                     /* the system to be booted */
	struct vmsa_machine *machine;         /* NULL before boot, as is sys */
	struct vmsa_linux *sys;               /* the system that runs */
	enum stage stage;                     /* of it */
	unsigned late_bbm_level; /* the lowest of CPUs that came late, or 3 */
	struct object *v;        /* what has a name; it may move */
	size_t n, room;          /* in use; allocated */
	uint64_t rsi_fail;       /* calls until RSI says no; 0: it never does */
	bool eager;              /* barriers are not deferred */

	/* The step that had a cost last, and the sum since the last SUM. */
	int last_ret;
	struct vmsa_linux_cost last, sum;

	/* Of the statement that runs. */
	const struct statement *at;
	char why[256];
	struct vmsa_error *err;
	bool broken; /* bad() was called: the run ends */
};

/** page_of() - bytes of a page of the system that runs. */
static inline uint64_t page_of(const struct runner *r)
{
	return UINT64_C(1) << vmsa_linux_kernel(r->sys)->granule_shift;
}

/**
 * vmsa_scenario_bad() - the statement makes no sense where it stands; the run
 * ends.
 * @r:   the run
 * @fmt: one sentence
 *
 * Return: -EINVAL.
 */
int vmsa_scenario_bad(struct runner *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** bad - the name of it in this folder. */
#define bad vmsa_scenario_bad

/**
 * vmsa_scenario_unmet() - what was expected is not so; the run goes on.
 * @r:   the run
 * @fmt: one sentence
 *
 * Return: 0.
 */
int vmsa_scenario_unmet(struct runner *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** unmet - the name of it in this folder. */
#define unmet vmsa_scenario_unmet

/* --- words.c --- */

/**
 * vmsa_scenario_word() - the statement of that name, one word or two.
 * @first:  the first word of a line
 * @second: the one after it, or NULL
 *
 * Return: its row, or NULL if there is none.
 */
const struct word *vmsa_scenario_word(const char *first, const char *second);

/** vmsa_setup_words - setup.c's: machine, kernel, boot; a NULL name is last. */
extern const struct word vmsa_setup_words[];

/** vmsa_change_words - change.c's: splits, permissions, collapse; likewise. */
extern const struct word vmsa_change_words[];

/** vmsa_callers_words - callers.c's: areas, modules, BPF; likewise. */
extern const struct word vmsa_callers_words[];

/** vmsa_plug_words - plug.c's: memory plugged in and out; likewise. */
extern const struct word vmsa_plug_words[];

/** vmsa_expect_words - expect.c's: what must be so; likewise. */
extern const struct word vmsa_expect_words[];

/* --- address.c --- */

/**
 * vmsa_scenario_number() - a number, decimal or 0x, perhaps with K M G T.
 * @text: all of it
 * @out:  the number
 *
 * Return: whether it is one, and fits 64 bits.
 */
bool vmsa_scenario_number(const char *text, uint64_t *out);

/**
 * vmsa_scenario_range() - START+SIZE, each a number.
 * @text: all of it
 * @out:  the range
 *
 * Return: whether it is one, neither empty nor wrapping.
 */
bool vmsa_scenario_range(const char *text, struct vmsa_range *out);

/**
 * vmsa_scenario_address() - an address of any kind.
 * @text: all of it; is cut into pieces, which @out points into
 * @out:  the address; whether a name stands for something is not asked yet
 *
 * Return: whether it is one.
 */
bool vmsa_scenario_address(char *text, struct address *out);

/**
 * vmsa_scenario_resolve() - what VA an address is now.
 * @r:   the run; there is a system
 * @a:   the address
 * @out: the VA, in the kernel's half
 *
 * Return: 0; bad().
 */
int vmsa_scenario_resolve(struct runner *r, const struct address *a,
			  vmsa_va *out);

/* --- objects.c --- */

/**
 * vmsa_object_find() - the object of a name.
 * @r:    the run
 * @name: the name
 *
 * Return: the object, until one is made or dropped; NULL if there is none.
 */
struct object *vmsa_object_find(struct runner *r, const char *name);

/**
 * vmsa_object_get() - the same, of a kind.
 * @r:    the run
 * @name: the name
 * @kind: what it must be
 *
 * Return: the object; NULL after bad().
 */
struct object *vmsa_object_get(struct runner *r, const char *name,
			       enum object_kind kind);

/**
 * vmsa_object_new() - a name for something that will be.
 * @r:    the run
 * @name: not in use; copied
 * @kind: what it will be
 *
 * Return: the object, for the caller to fill; NULL after bad().
 */
struct object *vmsa_object_new(struct runner *r, const char *name,
			       enum object_kind kind);

/**
 * vmsa_object_drop() - forget a name.
 * @r: the run
 * @o: the object; what it stands for is the caller's matter
 */
void vmsa_object_drop(struct runner *r, struct object *o);

/**
 * vmsa_objects_forget() - forget all names.
 * @r: the run
 */
void vmsa_objects_forget(struct runner *r);

/* --- machine.c --- */

/**
 * vmsa_plan_default() - 4 GiB, one CPU with BBM level 3, 7.3 with 4K pages.
 * @plan: the plan, all of it
 */
void vmsa_plan_default(struct plan *plan);

/**
 * vmsa_plan_create() - make the machine and the system that were described.
 * @r: the run; it has neither
 *
 * Return: 0; bad().
 */
int vmsa_plan_create(struct runner *r);

/**
 * vmsa_plan_destroy() - give both back, if there are any, and all names.
 * @r: the run
 */
void vmsa_plan_destroy(struct runner *r);

#endif /* VMSA_LIB_SCENARIO_H */
