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

vmsa_desc *vmsa_shadow_at(struct shadow *s, vmsa_pa at);
int vmsa_shadow_read(void *shadow, vmsa_pa at, vmsa_desc *out);
void vmsa_shadow_free(struct shadow *s);

/* --- words --------------------------------------------------------------- */

/** struct words - strings by number, each once. */
struct words {
	char **word;    /**< by number */
	uint32_t n;     /**< how many */
	uint32_t *slot; /**< hash: number + 1 */
	uint32_t room;  /**< places in the hash */
};

/** struct piece - part of a line. */
struct piece {
	const char *p; /**< first byte */
	size_t n;      /**< bytes */
};

bool vmsa_log_is_space(char c);
struct piece vmsa_log_word(struct piece *line);
bool vmsa_log_is_word(struct piece p, const char *word);
bool vmsa_log_number(struct piece p, uint64_t *out);

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

void vmsa_tlbi_names_init(struct tlbi_names *names);
bool vmsa_tlbi_names_find(const struct tlbi_names *names, struct piece name,
			  struct vmsa_tlbi *out);
bool vmsa_barrier_find(struct piece kind, struct piece domain,
		       enum vmsa_barrier *out);

/* --- the log ------------------------------------------------------------- */

struct sexp;

/** MAX_LOG_TABLES - trees of tables in one log. */
#define MAX_LOG_TABLES 4096u

struct vmsa_log {
	char *name;
	FILE *in;         /* NULL: @text is all there is */
	char *buffer;     /* of @in */
	const char *text; /* what is read and not used */
	size_t size;      /* bytes of it */
	bool at_end;      /* of @in */
	uint64_t line;    /* last one read */
	bool has_bbm;     /* take this level, not the log's */
	unsigned bbm;
	bool has_repeat; /* and this number of TLBIs */
	unsigned repeat;
	bool no_updates; /* hardware sets no flags, whatever the log says */

	struct shadow shadow;
	struct words sources, operations;
	struct tlbi_names tlbi;
	struct vmsa_geometry *geometry; /* of each tree of tables */
	unsigned *id;                   /* the log's own number of each */
	unsigned nr_tables;
	unsigned tables; /* current */
	uint16_t pe;     /* current */

	struct vmsa_event run; /* what is left of a store to unequal entries */
	uint32_t run_source;
	bool has_run;
	struct sexp *sexp; /* casemate's format; else NULL */
};

/** vmsa_log_bad() - a line is wrong. */
int vmsa_log_bad(const struct vmsa_log *log, struct vmsa_error *err,
		 const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** vmsa_log_name() - the number of a name, from 1; it is made known. */
int vmsa_log_name(struct vmsa_log *log, struct words *w, struct piece piece,
		  uint32_t *out, struct vmsa_error *err);

/** vmsa_log_parse_line() - 1: @item holds; 0: nothing to say; or an error. */
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

/** vmsa_log_parse_machine() - the rest of a "machine" line. */
int vmsa_log_parse_machine(struct vmsa_log *log, struct piece line,
			   struct vmsa_log_item *item, struct vmsa_error *err);

/** vmsa_log_parse_tables() - the rest of a "tables" line. */
int vmsa_log_parse_tables(struct vmsa_log *log, struct piece line,
			  struct vmsa_log_item *item, struct vmsa_error *err);

/** vmsa_log_add_tables() - number a tree of tables of the log. */
int vmsa_log_add_tables(struct vmsa_log *log, unsigned id,
			const struct vmsa_check_tables *tables,
			struct vmsa_log_item *item);

/** vmsa_log_take_run() - apply a store to the shadow, as far as it is even. */
int vmsa_log_take_run(struct vmsa_log *log, struct vmsa_log_item *item);

#endif /* VMSA_LIB_BBM_LOG_H */
