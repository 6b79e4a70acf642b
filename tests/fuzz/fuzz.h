/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TEST_FUZZ_H
#define VMSA_TEST_FUZZ_H
/*
 * fuzz.h - what a fuzz target is
 *
 * A target reads bytes as one kind of file and abort()s if the reader breaks a
 * promise of its header.  libFuzzer calls it with inputs of its own;
 * replay_test.c with those in the tree.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** must() - a promise of the reader's header; libFuzzer keeps what broke it. */
#define must(x)                                                          \
	do {                                                             \
		if (!(x)) {                                              \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #x);                           \
			abort();                                         \
		}                                                        \
	} while (0)

/**
 * LLVMFuzzerTestOneInput() - libFuzzer's name for the target.
 * @data: the bytes; nothing readable is behind them
 * @size: how many
 *
 * Return: 0.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** count_lines() - lines in some bytes; one without its end counts. */
static inline uint64_t count_lines(const uint8_t *data, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += data[i] == '\n';
	return n + (size && data[size - 1] != '\n');
}

#endif /* VMSA_TEST_FUZZ_H */
