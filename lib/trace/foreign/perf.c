/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * perf.c - read what perf script prints of samples with data addresses
 *
 *	comm  pid[/tid] [cpu] sec.usec: period event: addr ... ip ...
 *
 * A field that was not asked for is missing; event and addr must be there.
 * Addresses are right-aligned in columns of 16 digits, which tells them from
 * symbols that look like numbers ("add").  A line is one sample: with call
 * chains (perf record -g) "perf script -G" prints it so.
 *
 * Source   perf-script(1), output of perf 6.1
 */
#include "trace/foreign/readers.h"
#include "trace/foreign/text.h"

#include <string.h>

/* Digits of an address column, and the blank before it. */
#define COLUMN 17

/* What a line says. */
struct sample {
	bool has_pid, has_ip, write;
	uint64_t pid, addr, ip;
};

static bool ends_with_colon(const struct vmsa_piece *word)
{
	return word->end[-1] == ':';
}

/* "1234" or "1234/1235" and nothing behind. */
static bool is_pid(struct vmsa_piece word, uint64_t *out)
{
	uint64_t tid;

	if (!vmsa_piece_number(&word, 10, out))
		return false;
	if (word.at == word.end)
		return true;
	word.at++;
	return word.at[-1] == '/' && vmsa_piece_number(&word, 10, &tid) &&
	       word.at == word.end;
}

/* "6279.012681:" */
static bool is_time(struct vmsa_piece word)
{
	uint64_t n;

	return vmsa_piece_number(&word, 10, &n) &&
	       vmsa_piece_starts(&word, ".") && word.at++ &&
	       vmsa_piece_number(&word, 10, &n) && word.end - word.at == 1 &&
	       *word.at == ':';
}

/* Does the text hold a word, upper or lower case as given? */
static bool holds(const struct vmsa_piece *t, const char *word)
{
	return memmem(t->at, (size_t)(t->end - t->at), word, strlen(word));
}

/*
 * Up to the event.  Of numbers before time or CPU the last one is the pid,
 * behind the time there is only the period.
 */
static bool take_event(struct vmsa_piece *line, struct sample *s,
		       struct vmsa_piece *event)
{
	bool past = false;
	uint64_t n;

	while (vmsa_piece_word(line, event)) {
		if (is_time(*event) || *event->at == '[') {
			past = true;
		} else if (ends_with_colon(event)) {
			return true;
		} else if (!past && is_pid(*event, &n)) {
			s->pid = n;
			s->has_pid = true;
		}
	}
	return false;
}

/* The next word that is an address column. */
static bool take_address(struct vmsa_piece *line, uint64_t *out)
{
	const char *before = line->at;
	struct vmsa_piece word;

	for (; vmsa_piece_word(line, &word); before = word.end) {
		if (word.end - before == COLUMN &&
		    vmsa_piece_number(&word, 16, out) && word.at == word.end)
			return true;
	}
	return false;
}

/* A load, unless the event's name or the data source says otherwise. */
static bool parse(struct vmsa_piece line, struct sample *s)
{
	struct vmsa_piece event;

	if (!take_event(&line, s, &event) || !take_address(&line, &s->addr))
		return false;
	s->write = holds(&event, "store") || holds(&event, "write") ||
		   holds(&line, "OP STORE");
	s->has_ip = take_address(&line, &s->ip);
	return true;
}

static int take(struct vmsa_sink *k, const struct sample *s)
{
	int ret = s->has_pid ? vmsa_sink_context(k, s->pid) : 0;

	vmsa_sink_begin(k, s->has_ip ? s->ip : s->addr);
	if (!ret && s->has_ip)
		ret = vmsa_sink_fetch(k, s->ip, 1);
	/* A page fault of the fetch itself has the instruction's address. */
	if (ret || (s->has_ip && s->addr == s->ip))
		return ret;
	/* Some events have no data address: of those perf prints 0. */
	if (!s->addr)
		k->skipped++;
	else
		ret = vmsa_sink_data(k, s->addr, 1, s->write);
	return ret;
}

int vmsa_read_perf(struct vmsa_sink *k)
{
	struct vmsa_piece line;
	int ret;

	while ((ret = vmsa_sink_line(k, &line)) > 0) {
		struct sample s = { 0 };

		if (line.at == line.end || *line.at == '#')
			continue;
		if (!parse(line, &s))
			return vmsa_sink_bad_line(
				k, "this is no sample with event and addr");
		ret = take(k, &s);
		if (ret)
			return ret;
	}
	return ret;
}
