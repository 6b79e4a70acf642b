/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TYPES_H
#define VMSA_TYPES_H
/*
 * types.h - the words every other header uses
 *
 * Addresses are 64-bit typedefs whose name says which kind they are; a bare
 * uint64_t is a size in bytes or a count.  Functions return 0 or a negative
 * errno; an answer goes through the last pointer and is left alone on failure.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** vmsa_va - a virtual (input) address of the simulated machine. */
typedef uint64_t vmsa_va;

/** vmsa_pa - a physical (output) address of the simulated machine. */
typedef uint64_t vmsa_pa;

/** vmsa_desc - one raw translation table descriptor, host byte order. */
typedef uint64_t vmsa_desc;

/** struct vmsa_range - a piece of simulated physical memory. */
struct vmsa_range {
	vmsa_pa start; /**< first byte */
	uint64_t size; /**< bytes */
};

/** VMSA_MIN_LEVEL - the first lookup level there is (LPA2, 4K granule). */
#define VMSA_MIN_LEVEL (-1)

/** VMSA_MAX_LEVEL - the level whose leaves are pages. */
#define VMSA_MAX_LEVEL 3

/** VMSA_LEVELS - how many levels -1 .. 3 are, for arrays. */
#define VMSA_LEVELS 5

/** VMSA_LEVEL_SLOT() - where level @level lives in an array of VMSA_LEVELS. */
#define VMSA_LEVEL_SLOT(level) ((level)-VMSA_MIN_LEVEL)

/**
 * struct vmsa_error - what a parser did not like, and where.
 *
 * Filled only when a function that takes one fails; a caller that does not
 * care passes NULL.
 */
struct vmsa_error {
	char file[256];   /**< the input's name as the caller gave it */
	uint64_t offset;  /**< byte offset or line, as @unit says */
	const char *unit; /**< "byte" or "line"; NULL if there is no offset */
	char text[384];   /**< one sentence, no newline */
};

/**
 * vmsa_version() - the library's version.
 *
 * Return: a static string "MAJOR.MINOR.PATCH".
 */
const char *vmsa_version(void);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_TYPES_H */
