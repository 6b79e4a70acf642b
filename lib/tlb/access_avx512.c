/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * access_avx512.c - the access path for x86-64 hosts with AVX-512
 */
#ifdef __x86_64__
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx512f,bmi"))), \
			     apply_to = function)
#define __AVX512F__ 1
#else
#pragma GCC target("avx512f,bmi")
#endif
#include "many.h"

const struct vmsa_tlb_run vmsa_tlb_run_avx512 = { one, many };

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif
