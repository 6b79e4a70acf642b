/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_ERROR_H
#define VMSA_LIB_ERROR_H
/*
 * error.h - fill a struct vmsa_error in one call
 *
 * Usage: return vmsa_error_at(err, name, "line", n, -EINVAL, "no such ...");
 */
#include "vmsa/types.h"

/**
 * vmsa_error_at() - record a failure and hand its code through.
 * @err:    where to record it, or NULL
 * @file:   the input's name, or NULL
 * @unit:   "byte", "line", or NULL when there is no offset
 * @offset: in @unit
 * @code:   the negative errno to return
 * @fmt:    printf format of one sentence
 *
 * Return: @code.
 */
int vmsa_error_at(struct vmsa_error *err, const char *file, const char *unit,
		  uint64_t offset, int code, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

#endif /* VMSA_LIB_ERROR_H */
