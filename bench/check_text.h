/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHECK_TEXT_H
#define CHECK_TEXT_H
/*
 * check_text.h - logs in memory, for figures of reading them
 *
 * Cycles of seven events, each with its place in a source, about the pages of
 * 64 level 3 tables in turn; of one in the trace of casemate.
 */
#include <stdint.h>

/** CHECK_TEXT_CYCLES - cycles of a log. */
#define CHECK_TEXT_CYCLES 32768u

/** CHECK_TEXT_EVENTS - events of a log. */
#define CHECK_TEXT_EVENTS (7u * CHECK_TEXT_CYCLES)

/** CHECK_TEXT_BYTES - bytes of an event log's cycles, without its head. */
#define CHECK_TEXT_BYTES (233u * CHECK_TEXT_CYCLES)

/** check_text_open() - an event log; NULL if there is no memory. */
void *check_text_open(void);

/** check_casemate_open() - a trace of casemate. */
void *check_casemate_open(void);

/** check_text_close() - give it back. */
void check_text_close(void *text);

/** check_text_run() - parse it into a checker; how much of it was wrong. */
uint64_t check_text_run(void *text);

/** check_text_lines() - find the ends of its lines; how many are wrong. */
uint64_t check_text_lines(void *text);

#endif /* CHECK_TEXT_H */
