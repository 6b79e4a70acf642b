/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_FOREIGN_TEXT_H
#define VMSA_LIB_TRACE_FOREIGN_TEXT_H
/*
 * text.h - lines and numbers of text formats
 *
 * Lines are looked at where they lie in the source's window: they end with
 * their size, not with a NUL.
 */
#include "trace/foreign/sink.h"

/** VMSA_LINE_MAX - the longest line with its end, bytes. */
#define VMSA_LINE_MAX 4096

/** struct vmsa_piece - a piece of text that is used up from its start. */
struct vmsa_piece {
	const char *at, *end;
};

/**
 * vmsa_sink_line() - the next line.
 * @k:   a sink
 * @out: the line, without its end; valid until the next call
 *
 * Return: 1; 0 at the end; -EBADMSG, if a line is too long or the last one
 * has no end; an error of vmsa_source_fill().
 */
int vmsa_sink_line(struct vmsa_sink *k, struct vmsa_piece *out);

/**
 * vmsa_piece_number() - take a number from the start.
 * @t:    text
 * @base: 10 or 16, whose letters are lower case
 * @out:  the number
 *
 * Return: false, with nothing taken, if there is none or it has more than 64
 * bits.
 */
bool vmsa_piece_number(struct vmsa_piece *t, unsigned base, uint64_t *out);

/** vmsa_piece_starts() - does @t start with @word?  Nothing is taken. */
bool vmsa_piece_starts(const struct vmsa_piece *t, const char *word);

/**
 * vmsa_piece_word() - take the next word, and the blanks before it.
 * @t:   text
 * @out: the word
 *
 * Return: false, if there is none.
 */
bool vmsa_piece_word(struct vmsa_piece *t, struct vmsa_piece *out);

#endif /* VMSA_LIB_TRACE_FOREIGN_TEXT_H */
