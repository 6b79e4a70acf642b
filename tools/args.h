/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_ARGS_H
#define VMSA_TOOLS_ARGS_H
/*
 * args.h - the words of the command line
 *
 * Every option of every command is a row of a table: its name, what it takes,
 * one line of help, and where its value goes in struct args.  --help is
 * printed from the same rows.  Where two of a command's groups have an option
 * of the same name, that of the first counts.
 */
#include <stdbool.h>
#include <stdio.h>

#include "vmsa/linux.h"

/** NOT_GIVEN - value of a number option that was not on the command line. */
#define NOT_GIVEN (~UINT64_C(0))

/** CPI_ONE - one cycle per instruction, in the unit of --cpi. */
#define CPI_ONE UINT64_C(1000)

/** MAX_TRACES - how often --trace may be given. */
#define MAX_TRACES 64

/** struct machine_args - which machine, and what boots on it. */
struct machine_args {
	const char *machine;    /**< NAME or FILE.dtb; NULL: the default */
	const char *cpu;        /**< whose CPU; NULL: the machine's own */
	const char *bootargs;   /**< instead of the machine's; or NULL */
	uint64_t granule_shift; /**< 12, 14 or 16 */
	uint64_t va_bits;       /**< 0: the largest */
	uint64_t bbm;           /**< 0 .. 3, or NOT_GIVEN */
	uint64_t memory;        /**< bytes, or NOT_GIVEN */
	uint64_t version;       /**< enum vmsa_linux_version */
	uint64_t mapping;       /**< enum vmsa_linux_mapping, or NOT_GIVEN */
};

/** struct case_args - recorded tables instead of a machine that boots. */
struct case_args {
	const char *dir;   /**< a recorded case; or NULL */
	const char *stage; /**< its stage; NULL: the last */
};

/** struct placement_args - where the pages of the linear map lie. */
struct placement_args {
	bool given;     /**< --placement was on the command line */
	bool scatter;   /**< scattered; else as recorded */
	uint64_t shift; /**< log2 of the 4K pages that stay together */
	uint64_t size;  /**< bytes to scatter over; 0: all */
};

/** struct replay_args - which trace, and how it is replayed. */
struct replay_args {
	const char *traces[MAX_TRACES];  /**< files or names */
	size_t nr_traces;                /**< how many */
	struct placement_args placement; /**< of linear-map pages */
	uint64_t seed;                   /**< of the scattering */
	const char *tlb;  /**< structures of other sizes; or NULL */
	uint64_t warmup;  /**< instructions not counted, or NOT_GIVEN */
	uint64_t threads; /**< at work at a time; 0: one per host CPU */
	uint64_t cpi;     /**< for estimates, thousandths of a cycle; 0: none */
	bool data_only;   /**< leave instruction fetches out */
};

/** MAX_LINES - how often --line may be given. */
#define MAX_LINES 64

/** struct edit_args - how a trace is made of another one, or of files. */
struct edit_args {
	uint64_t from;         /**< first instruction */
	uint64_t to;           /**< first instruction left out, or NOT_GIVEN */
	uint64_t level;        /**< zstd's compression level */
	const char *format;    /**< format of the files; NULL: pgtrace */
	const char *output;    /**< the new trace; NULL: the last operand */
	uint64_t data_filter;  /**< entries of the new trace's DATA filter */
	uint64_t fetch_filter; /**< and of its FETCH filter */
	uint64_t stream;       /**< of the trace to export */
	bool physical;         /**< the files' addresses are physical */
	/** Key, value, ..., NULL of lines for the header. */
	const char *lines[2 * MAX_LINES + 1];
	size_t nr_lines; /**< how many of them, twice the pairs */
};

/** struct explore_args - what is explored, and how. */
struct explore_args {
	const char *litmus;  /**< a file of litmus tests; NULL: a scenario */
	const char *name;    /**< the only test of it; NULL: all of them */
	uint64_t max_states; /**< of one search; 0: the library's default */
	uint64_t pes;        /**< how many PEs there are; 0: any number */
	bool ets2;           /**< the PEs have FEAT_ETS2 */
	bool hd;             /**< hardware sets the dirty state */
	bool same_contents;  /**< pages swapped read-only hold the same */
	bool any_order;      /**< the PEs of the program run side by side */
	bool story;          /**< tell how an allowed outcome comes about */
	bool leave_out;      /**< leave each event out in turn */
};

/** struct check_args - what is taken for granted, whatever a log says. */
struct check_args {
	uint64_t tlbi_repeat; /**< 1 or 2, or NOT_GIVEN */
	bool no_hafdbs;       /**< hardware sets no flags in descriptors */
};

/** MAX_LISTED - the most sizes or ways named in a list. */
#define MAX_LISTED 16

/** struct sweep_args - what is swept. */
struct sweep_args {
	uint64_t structures; /**< bit s: enum vmsa_sweep_structure s; 0: all */
	uint64_t low, high;  /**< entries; 0: the usual */
	uint64_t step;       /**< entries from one to the next; 0: twice */
	uint64_t ways[MAX_LISTED]; /**< 0: fully associative */
	uint64_t nr_ways;          /**< how many; 0: the usual */
	uint64_t l1[MAX_LISTED];   /**< first levels before the second */
	uint64_t nr_l1;            /**< how many; 0: the CPU's own */
	uint64_t mappings[VMSA_NR_MAPPINGS]; /**< enum vmsa_linux_mapping */
	uint64_t nr_mappings;                /**< how many; 0: the usual */
	uint64_t granules[3];                /**< 12, 14 or 16 */
	uint64_t nr_granules;                /**< how many; 0: 4K */
	const char *csv; /**< file for the counts, "-" is stdout; or NULL */
};

/** struct args - the values of all options, whichever command has them. */
struct args {
	bool help; /**< print the command's help, do nothing */
	bool json; /**< results as JSON */
	struct machine_args machine; /**< machine options */
	struct case_args recorded;   /**< --case, --stage */
	struct replay_args replay;   /**< replay options */
	struct edit_args edit;       /**< trace cut, convert, export */
	struct explore_args explore; /**< explore */
	bool low_memory;         /**< compare: one mapping after the other */
	struct check_args log;   /**< check */
	struct sweep_args sweep; /**< sweep */
	bool check;       /**< trace info: read everything; scenario: BBM */
	bool pa;          /**< walk: addresses are physical */
	const char *diff; /**< ptdump: file to compare with */
	uint64_t show;    /**< differences or findings shown */
	char **operands;  /**< what is not an option */
	int nr_operands;  /**< how many */
};

/**
 * args_input() - an operand as a file that is read once, from its beginning.
 * @args: of
 * @i:    which operand
 *
 * Return: its name; for "-" that of standard input.
 */
const char *args_input(const struct args *args, int i);

/** struct option - one option. */
struct option {
	const char *name;  /**< with its dashes; NULL ends a table */
	const char *takes; /**< placeholder in the help; NULL: a flag */
	const char *help;  /**< one line */
	const char *wants; /**< what a good value is, for the complaint */
	/** Parse @text into @to; false if it is not a good value. */
	bool (*parse)(const char *text, void *to);
	size_t offset; /**< of the value in struct args */
};

/** struct option_group - options that commands share. */
struct option_group {
	const char *title;            /**< heading in the help */
	const struct option *options; /**< ended by a row without name */
};

/** MAX_GROUPS - the most option groups a command has, and a NULL. */
#define MAX_GROUPS 7

/** struct command - one word after vmsa. */
struct command {
	const char *name;     /**< the word, or two: "trace info" */
	const char *operands; /**< placeholder of the operands; NULL: none */
	int min_operands;     /**< at least so many */
	int max_operands;     /**< at most */
	const char *summary;  /**< one line */
	const char *machine;  /**< default of --machine; NULL: has none */
	const struct option_group *groups[MAX_GROUPS]; /**< NULL at the end */
	int (*run)(const struct args *args); /**< returns an exit code */
};

extern const struct option_group common_options;
extern const struct option_group machine_options;
extern const struct option_group case_options;
extern const struct option_group trace_options;
extern const struct option_group replay_options;
extern const struct option_group estimate_options;
extern const struct option_group compare_options;
extern const struct option_group sweep_options;
extern const struct option_group walk_options;
extern const struct option_group ptdump_options;
extern const struct option_group verify_options;
extern const struct option_group explore_options;
extern const struct option_group program_options;
extern const struct option_group litmus_options;
extern const struct option_group check_options;
extern const struct option_group scenario_options;
extern const struct option_group info_options;
extern const struct option_group cut_options;
extern const struct option_group convert_options;
extern const struct option_group export_options;
extern const struct option_group compression_options;

/**
 * args_parse() - read the words that follow a command.
 * @command: whose options they are
 * @argc:    how many words
 * @argv:    the words; operands are moved to the front
 * @out:     every value, defaults where nothing was said
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint that names the word.
 */
int args_parse(const struct command *command, int argc, char **argv,
	       struct args *out);

/** args_help() - print the help of one command. */
void args_help(const struct command *command, FILE *out);

/**
 * parse_number() - a whole number, decimal or 0x hexadecimal.
 * @text: all of it
 * @to:   uint64_t
 *
 * Return: whether it is one that fits 64 bits.
 */
bool parse_number(const char *text, void *to);

/**
 * parse_size() - a number of bytes: 4096, 64K, 4G, 256GiB.
 * @text: all of it
 * @to:   uint64_t
 *
 * Return: whether it is one that fits 64 bits and is not 0.
 */
bool parse_size(const char *text, void *to);

/** parse_granule() - 4k, 16k or 64k, as log2 in a uint64_t. */
bool parse_granule(const char *text, void *to);

/** parse_mapping() - the name of an enum vmsa_linux_mapping, in a uint64_t. */
bool parse_mapping(const char *text, void *to);

/** parse_text() - any string, in a const char pointer. */
bool parse_text(const char *text, void *to);

#endif /* VMSA_TOOLS_ARGS_H */
