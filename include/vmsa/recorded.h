/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_RECORDED_H
#define VMSA_RECORDED_H
/*
 * recorded.h - translation tables recorded from running kernels
 *
 * A case is a folder: the machine's device tree, the boot arguments, and the
 * kernel's tables at several stages of its life.  Verifying a case boots the
 * same machine in the library and compares; docs/recorded-kernels.md has the
 * format of the files.
 */
#include <stdio.h>

#include "vmsa/linux.h"

#ifdef __cplusplus
extern "C" {
#endif

struct vmsa_case;

/**
 * vmsa_case_open() - read a recorded case.
 * @dir: the case's folder; kernels/ is looked for beside its parent
 * @out: the case; free it with vmsa_case_close()
 * @err: which file is damaged, and where; may be NULL
 *
 * Return: 0; -EINVAL if a file does not parse; -ENOENT, or another negative
 *	errno of reading a file; -ENOMEM.
 */
int vmsa_case_open(const char *dir, struct vmsa_case **out,
		   struct vmsa_error *err);

/** vmsa_case_close() - give it back; accepts NULL. */
void vmsa_case_close(struct vmsa_case *c);

/** vmsa_case_name() - the last part of the folder's name. */
const char *vmsa_case_name(const struct vmsa_case *c);

/** vmsa_case_stages() - how many stages were recorded. */
size_t vmsa_case_stages(const struct vmsa_case *c);

/** vmsa_case_stage_name() - "00-paging", ...; valid while the case is open. */
const char *vmsa_case_stage_name(const struct vmsa_case *c, size_t stage);

/**
 * vmsa_case_boot() - make the recorded machine and kernel, nothing mapped.
 * @c:      the case
 * @on_map: sees each call of the mapping code; may be NULL
 * @arg:    handed to @on_map
 * @out:    the system; free it with vmsa_linux_destroy()
 * @err:    what does not fit; may be NULL
 *
 * Return: as vmsa_linux_create().
 */
int vmsa_case_boot(const struct vmsa_case *c, vmsa_linux_map_fn on_map,
		   void *arg, struct vmsa_linux **out, struct vmsa_error *err);

/**
 * vmsa_case_load() - make the recorded machine with a stage's tables.
 * @c:     the case
 * @stage: which stage
 * @out:   the system, its space as the kernel had it; free it with
 *         vmsa_linux_destroy()
 * @err:   what does not fit; may be NULL
 *
 * Return: as vmsa_case_open() and vmsa_linux_create().
 */
int vmsa_case_load(const struct vmsa_case *c, size_t stage,
		   struct vmsa_linux **out, struct vmsa_error *err);

/** struct vmsa_verdict - how one stage compared. */
struct vmsa_verdict {
	const char *stage;    /**< the stage's name */
	uint64_t leaves;      /**< leaves of the linear map compared */
	uint64_t tables;      /**< table descriptors compared */
	uint64_t differences; /**< descriptors, calls or state that differ */
};

/** vmsa_verdict_fn - sees each stage's verdict; non-zero stops. */
typedef int (*vmsa_verdict_fn)(void *arg, const struct vmsa_verdict *verdict);

/** struct vmsa_verify - what vmsa_case_verify() reports to. */
struct vmsa_verify {
	vmsa_verdict_fn verdict; /**< called after each stage */
	void *arg;               /**< handed to @verdict */
	FILE *differences;       /**< the first differences; may be NULL */
	unsigned max_shown;      /**< of each stage, in @differences */
};

/**
 * vmsa_case_verify() - boot the case and compare every stage it can reach.
 * @c:   the case
 * @how: where results go
 * @err: what does not fit; may be NULL
 *
 * Return: 0, also when something differs; the callback's own value; or an
 *	error of vmsa_case_open() and vmsa_linux_create().
 */
int vmsa_case_verify(const struct vmsa_case *c, const struct vmsa_verify *how,
		     struct vmsa_error *err);

/**
 * vmsa_linux_ptdump() - the tables in the text of kernel_page_tables (11).
 * @sys: the system
 * @out: a stream the caller opened
 *
 * Return: 0; -EFAULT if a table lies outside memory; -EIO if @out failed.
 */
int vmsa_linux_ptdump(const struct vmsa_linux *sys, FILE *out);

#ifdef __cplusplus
}
#endif
#endif /* VMSA_RECORDED_H */
