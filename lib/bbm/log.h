/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_BBM_LOG_H
#define VMSA_LIB_BBM_LOG_H
/*
 * log.h - inside the readers of event logs
 *
 *     log_read.c     a stream of lines; which format
 *     log_parse.c    our lines: events
 *     log_setup.c    our lines: machines and tables
 *     log_words.c    names: operations, sources, TLBIs
 *     log_shadow.c   what is in the tables a log tells of, and where
 *     log_fields.c   casemate's traces: records, cut into fields
 *     log_sexp.c     casemate's traces: what records say
 *     log_trees.c    casemate's traces: trees, locks, ids
 *     log_check.c    a log and a checker
 *     log_write.c    the other direction
 */
#include <string.h>

#include "vmsa/bbm/log.h"

/* --- shadow -------------------------------------------------------------- */

/** struct shadow_page - 4 KiB of simulated memory. */
struct shadow_page {
	vmsa_pa pa;          /**< its address */
	vmsa_desc desc[512]; /**< what is in it */
};

/** struct shadow - memory as a log describes it; zero where it does not. */
struct shadow {
	struct shadow_page **page; /**< hash by address */
	size_t n, room;            /**< pages, and places in the hash */
	struct shadow_page *last;  /**< the one used last */
};

/**
 * vmsa_shadow_at() - a descriptor, to be written.
 *
 * Return: where it is, until vmsa_shadow_free(); NULL when memory is out.
 */
vmsa_desc *vmsa_shadow_at(struct shadow *s, vmsa_pa at);
/**
 * vmsa_shadow_read() - a descriptor, as struct vmsa_check_tables asks for it.
 * @shadow: struct shadow
 * @at:     multiple of 8
 * @out:    what it is; 0 where the log told of nothing
 *
 * Return: 0.
 */
int vmsa_shadow_read(void *shadow, vmsa_pa at, vmsa_desc *out);
/** vmsa_shadow_free() - all pages; not @s itself. */
void vmsa_shadow_free(struct shadow *s);

/* --- words --------------------------------------------------------------- */

/** struct word_slot - a place in the hash of words. */
struct word_slot {
	uint32_t number; /**< of the word, + 1; 0: none */
	uint32_t n;      /**< its bytes */
};

/** struct words - strings by number, each once. */
struct words {
	char **word;            /**< by number */
	uint32_t n;             /**< how many */
	struct word_slot *slot; /**< hash */
	uint32_t room;          /**< places in the hash */
};

/** struct piece - part of a line. */
struct piece {
	const char *p; /**< first byte */
	size_t n;      /**< bytes */
};

/** vmsa_log_digits - a hexadecimal digit's value + 1; 0 for any other byte. */
extern const uint8_t vmsa_log_digits[256];

/** vmsa_log_is_space() - does it part words? */
static inline bool vmsa_log_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/** vmsa_log_is_word() - is it this word? */
static inline bool vmsa_log_is_word(struct piece p, const char *word)
{
	return strlen(word) == p.n && !memcmp(word, p.p, p.n);
}

/**
 * vmsa_log_word() - the next word of a line, which is stepped over; empty at
 * its end, or where a comment ('#') or a tag ('@') starts.
 */
struct piece vmsa_log_word(struct piece *line);
/**
 * vmsa_log_number() - all of a word as a number: decimal, or hexadecimal with
 * 0x; false if it is none or needs more than 64 bits.
 */
bool vmsa_log_number(struct piece p, uint64_t *out);

/** vmsa_words_free() - all words; not @w itself. */
void vmsa_words_free(struct words *w);

/** TLBI_SLOTS - places in the hash of TLBI names. */
#define TLBI_SLOTS 256u

/** struct tlbi_names - every TLBI by its name. */
struct tlbi_names {
	struct {
		char name[16]; /**< upper case */
		uint8_t op;    /**< enum vmsa_tlbi_op */
		uint8_t scope; /**< enum vmsa_tlbi_scope */
	} slot[TLBI_SLOTS];    /**< hash; no name: empty */
};

/** vmsa_tlbi_names_init() - all operations in all scopes. */
void vmsa_tlbi_names_init(struct tlbi_names *names);
/**
 * vmsa_tlbi_names_find() - operation and scope of a name in either case, such
 * as "vae1is"; false if there is none.  The operand stays as it was.
 */
bool vmsa_tlbi_names_find(const struct tlbi_names *names, struct piece name,
			  struct vmsa_tlbi *out);
/**
 * vmsa_barrier_find() - a barrier by kind and domain, in either case: "dsb"
 * and "ishst"; "isb" has an empty one.  False if there is none.
 */
bool vmsa_barrier_find(struct piece kind, struct piece domain,
		       enum vmsa_barrier *out);

/* --- the log ------------------------------------------------------------- */

struct sexp;

/** MAX_LOG_TABLES - trees of tables in one log. */
#define MAX_LOG_TABLES 4096u

/** struct vmsa_log - a log while it is read. */
struct vmsa_log {
	char *name;       /**< for errors; owned */
	FILE *in;         /**< NULL: @text is all there is */
	char *buffer;     /**< of @in */
	const char *text; /**< what is read and not used */
	size_t size;      /**< bytes of it */
	bool at_end;      /**< of @in */
	uint64_t line;    /**< last one read, from 1 */
	bool has_bbm;     /**< take @bbm, not the log's level */
	unsigned bbm;     /**< 0 .. 3 */
	bool has_repeat;  /**< take @repeat, not the log's number of TLBIs */
	unsigned repeat;  /**< as tlbi_repeat of struct vmsa_checker_config */
	bool no_updates;  /**< hardware sets no flags, whatever the log says */

	struct shadow shadow;           /**< memory as told so far */
	struct words sources;           /**< tags of events; number 0 is none */
	struct words operations;        /**< names of operations */
	struct tlbi_names tlbi;         /**< all there are */
	struct vmsa_geometry *geometry; /**< of each tree of tables */
	unsigned *id;                   /**< the log's own number of each */
	unsigned nr_tables;             /**< of both */
	unsigned tables;                /**< current; index of @geometry */
	uint16_t pe;                    /**< current */

	struct vmsa_event run; /**< what is left of a store to entries that
				    were not equal */
	uint32_t run_source;   /**< its tag */
	bool has_run;          /**< something is left */
	struct sexp *sexp;     /**< casemate's format; else NULL */
};

/**
 * vmsa_log_bad() - a line is wrong.
 * @log: for the name and the line
 * @err: gets both, and the sentence
 * @fmt: the sentence
 *
 * Return: -EINVAL.
 */
int vmsa_log_bad(const struct vmsa_log *log, struct vmsa_error *err,
		 const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * vmsa_log_name() - the number of a name, which is made known.
 * @log:   for errors
 * @w:     sources or operations
 * @piece: the name
 * @out:   its number, from 1
 * @err:   what was wrong
 *
 * Return: 0; -ENOMEM; -EINVAL, if it has a byte 0.
 */
int vmsa_log_name(struct vmsa_log *log, struct words *w, struct piece piece,
		  uint32_t *out, struct vmsa_error *err);

/**
 * vmsa_log_parse_line() - one line of our format.
 * @log:  changes by what the line says
 * @line: without its end
 * @item: filled for a return of 1
 * @err:  what was wrong
 *
 * Return: 1; 0, if the line has nothing for the caller; -EINVAL; -ENOMEM.
 */
int vmsa_log_parse_line(struct vmsa_log *log, struct piece line,
			struct vmsa_log_item *item, struct vmsa_error *err);

/**
 * vmsa_log_check_run() - can a store be where a line says?
 * @log: its current tables count
 * @e:   a STORE or FILL
 * @err: filled in if not
 *
 * Return: 0; -EINVAL, if the level is above the root, the run leaves its table,
 *	or its address and its VA are different entries of one.
 */
int vmsa_log_check_run(const struct vmsa_log *log, const struct vmsa_event *e,
		       struct vmsa_error *err);

/**
 * vmsa_log_parse_machine() - the rest of a "machine" line; returns as
 * vmsa_log_parse_line().
 */
int vmsa_log_parse_machine(struct vmsa_log *log, struct piece line,
			   struct vmsa_log_item *item, struct vmsa_error *err);

/**
 * vmsa_log_parse_tables() - the rest of a "tables" line; returns as
 * vmsa_log_parse_line().
 */
int vmsa_log_parse_tables(struct vmsa_log *log, struct piece line,
			  struct vmsa_log_item *item, struct vmsa_error *err);

/**
 * vmsa_log_add_tables() - a tree of tables, current from now on.
 * @log:    gets one more
 * @id:     the log's own number of it
 * @tables: what it is; its memory is the log's shadow
 * @item:   tells of it
 *
 * Return: 1; -ENOMEM.
 */
int vmsa_log_add_tables(struct vmsa_log *log, unsigned id,
			const struct vmsa_check_tables *tables,
			struct vmsa_log_item *item);

/**
 * vmsa_log_take_run() - apply @log->run to the shadow, as far as it is even.
 *
 * An event has one old descriptor for all it writes; where the shadow's are not
 * equal, what is left of the run waits for the next call.
 *
 * Return: 1; -ENOMEM.
 */
int vmsa_log_take_run(struct vmsa_log *log, struct vmsa_log_item *item);

#endif /* VMSA_LIB_BBM_LOG_H */
