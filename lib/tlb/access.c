/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access.c - the access path for every host
 */
#include "many.h"

const struct vmsa_tlb_run vmsa_tlb_run_portable = { one, many };
