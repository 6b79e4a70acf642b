/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_words.c - the words of event logs: names kept, instructions known
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bbm/log.h"

/* --- words of a line ----------------------------------------------------- */

/* The next word; empty at the end, or where a comment or a tag starts. */
struct piece vmsa_log_word(struct piece *line)
{
	const char *p = line->p, *end = p + line->n, *first;

	while (p < end && vmsa_log_is_space(*p))
		p++;
	first = p;
	if (p < end && *p != '#' && *p != '@') {
		while (p < end && !vmsa_log_is_space(*p))
			p++;
	}
	*line = (struct piece){ p, (size_t)(end - p) };
	return (struct piece){ first, (size_t)(p - first) };
}

const uint8_t vmsa_log_digits[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

bool vmsa_log_number(struct piece w, uint64_t *out)
{
	uint64_t v = 0;

	if (w.n > 2 && w.p[0] == '0' && w.p[1] == 'x') {
		if (w.n > 18)
			return false;
		for (size_t i = 2; i < w.n; i++) {
			const unsigned d = vmsa_log_digits[(uint8_t)w.p[i]];

			if (!d)
				return false;
			v = v << 4 | (d - 1);
		}
		*out = v;
		return true;
	}
	for (size_t i = 0; i < w.n; i++) {
		const unsigned d = (unsigned)(w.p[i] - '0');

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = 10 * v + d;
	}
	*out = v;
	return w.n != 0;
}

/* --- names a log gives --------------------------------------------------- */

/* Eight bytes at a time; of a shorter rest those that are there. */
static uint32_t hash(struct piece p)
{
	uint64_t h = p.n, part;

	for (; p.n >= sizeof(part); p.p += sizeof(part), p.n -= sizeof(part)) {
		memcpy(&part, p.p, sizeof(part));
		h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	for (part = 0; p.n; p.n--)
		part = part << 8 | (uint8_t)*p.p++;
	h = (h ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 32);
}

static void put(struct words *w, const struct word_slot *word)
{
	const char *text = w->word[word->number - 1];
	uint32_t i = hash((struct piece){ text, word->n }) & (w->room - 1);

	while (w->slot[i].number)
		i = (i + 1) & (w->room - 1);
	w->slot[i] = *word;
}

static int grow(struct words *w)
{
	const uint32_t n = w->room, room = n ? 2 * n : 64;
	struct word_slot *old = w->slot, *slot = calloc(room, sizeof(*slot));
	char **word;

	if (!slot)
		return -ENOMEM;
	word = realloc(w->word, room / 2 * sizeof(char *));
	if (!word) {
		free(slot);
		return -ENOMEM;
	}
	w->word = word;
	w->slot = slot;
	w->room = room;
	for (uint32_t i = 0; i < n; i++) {
		if (old[i].number)
			put(w, &old[i]);
	}
	free(old);
	return 0;
}

/* A name that is new goes to place @i. */
static int add(struct words *w, struct piece piece, uint32_t i)
{
	/* Names are strings to those who ask for them. */
	if (memchr(piece.p, 0, piece.n))
		return -EINVAL;
	w->word[w->n] = strndup(piece.p, piece.n);
	if (!w->word[w->n])
		return -ENOMEM;
	w->slot[i] = (struct word_slot){ ++w->n, (uint32_t)piece.n };
	return 0;
}

/* The number of a word, from 1; it is made known. */
static int find(struct words *w, struct piece piece, uint32_t *out)
{
	uint32_t i;
	int rc = 0;

	if (2 * w->n >= w->room && grow(w))
		return -ENOMEM;
	for (i = hash(piece) & (w->room - 1); w->slot[i].number;
	     i = (i + 1) & (w->room - 1)) {
		if (w->slot[i].n == piece.n &&
		    !memcmp(w->word[w->slot[i].number - 1], piece.p, piece.n))
			break;
	}
	if (!w->slot[i].number)
		rc = add(w, piece, i);
	*out = w->slot[i].number;
	return rc;
}

int vmsa_log_name(struct vmsa_log *log, struct words *w, struct piece piece,
		  uint32_t *out, struct vmsa_error *err)
{
	const int rc = find(w, piece, out);

	return rc == -EINVAL ? vmsa_log_bad(log, err, "a name with a byte 0")
			     : rc;
}

void vmsa_words_free(struct words *w)
{
	for (uint32_t i = 0; i < w->n; i++)
		free(w->word[i]);
	free(w->word);
	free(w->slot);
}

/* --- instructions -------------------------------------------------------- */

void vmsa_tlbi_names_init(struct tlbi_names *names)
{
	memset(names, 0, sizeof(*names));
	for (unsigned op = 0; op < VMSA_NR_TLBI_OPS; op++) {
		for (unsigned scope = 0; scope <= VMSA_TLBI_OS; scope++) {
			const char *name =
				vmsa_tlbi_name((enum vmsa_tlbi_op)op,
					       (enum vmsa_tlbi_scope)scope);
			const struct piece p = { name, strlen(name) };
			uint32_t i = hash(p) % TLBI_SLOTS;

			while (names->slot[i].name[0])
				i = (i + 1) % TLBI_SLOTS;
			memcpy(names->slot[i].name, name, p.n);
			names->slot[i].op = (uint8_t)op;
			names->slot[i].scope = (uint8_t)scope;
		}
	}
}

bool vmsa_tlbi_names_find(const struct tlbi_names *names, struct piece name,
			  struct vmsa_tlbi *out)
{
	char upper[16];

	if (name.n >= sizeof(upper))
		return false;
	for (size_t i = 0; i < name.n; i++)
		upper[i] = (char)toupper((unsigned char)name.p[i]);
	name.p = upper;
	for (uint32_t i = hash(name) % TLBI_SLOTS; names->slot[i].name[0];
	     i = (i + 1) % TLBI_SLOTS) {
		if (vmsa_log_is_word(name, names->slot[i].name)) {
			out->op = (enum vmsa_tlbi_op)names->slot[i].op;
			out->scope = (enum vmsa_tlbi_scope)names->slot[i].scope;
			return true;
		}
	}
	return false;
}

bool vmsa_barrier_find(struct piece kind, struct piece domain,
		       enum vmsa_barrier *out)
{
	for (unsigned b = 0; b < VMSA_NR_BARRIERS; b++) {
		const char *name = vmsa_barrier_name((enum vmsa_barrier)b);
		const size_t n = strlen(name);

		if (n != kind.n + (domain.n ? domain.n + 1 : 0) ||
		    strncasecmp(name, kind.p, kind.n) ||
		    (domain.n &&
		     strncasecmp(name + kind.n + 1, domain.p, domain.n)))
			continue;
		*out = (enum vmsa_barrier)b;
		return true;
	}
	return false;
}
