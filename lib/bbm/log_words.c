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

bool vmsa_log_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word; empty at the end, or where a comment or a tag starts. */
struct piece vmsa_log_word(struct piece *line)
{
	struct piece w;

	while (line->n && vmsa_log_is_space(*line->p)) {
		line->p++;
		line->n--;
	}
	w = (struct piece){ line->p, 0 };
	if (!line->n || *line->p == '#' || *line->p == '@')
		return w;
	while (line->n && !vmsa_log_is_space(*line->p)) {
		line->p++;
		line->n--;
		w.n++;
	}
	return w;
}

bool vmsa_log_is_word(struct piece w, const char *word)
{
	return strlen(word) == w.n && !memcmp(word, w.p, w.n);
}

/* A hexadecimal digit's value; 16 for any other byte. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

bool vmsa_log_number(struct piece w, uint64_t *out)
{
	uint64_t v = 0;

	if (w.n > 2 && w.p[0] == '0' && w.p[1] == 'x') {
		if (w.n > 18)
			return false;
		for (size_t i = 2; i < w.n; i++) {
			const unsigned d = digit(w.p[i]);

			if (d > 15)
				return false;
			v = v << 4 | d;
		}
		*out = v;
		return true;
	}
	for (size_t i = 0; i < w.n; i++) {
		const unsigned d = digit(w.p[i]);

		if (d > 9 || v > (UINT64_MAX - d) / 10)
			return false;
		v = 10 * v + d;
	}
	*out = v;
	return w.n != 0;
}

/* --- names a log gives --------------------------------------------------- */

static uint32_t hash(struct piece p)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < p.n; i++)
		h = (h ^ (uint8_t)p.p[i]) * 16777619u;
	return h ^ h >> 15;
}

static bool is_word(const char *word, struct piece p)
{
	return strlen(word) == p.n && !memcmp(word, p.p, p.n);
}

static void put(struct words *w, uint32_t number)
{
	const char *word = w->word[number];
	uint32_t i = hash((struct piece){ word, strlen(word) }) & (w->room - 1);

	while (w->slot[i])
		i = (i + 1) & (w->room - 1);
	w->slot[i] = number + 1;
}

static int grow(struct words *w)
{
	const uint32_t room = w->room ? 2 * w->room : 64;
	uint32_t *slot = calloc(room, sizeof(*slot));
	char **word;

	if (!slot)
		return -ENOMEM;
	word = realloc(w->word, room / 2 * sizeof(char *));
	if (!word) {
		free(slot);
		return -ENOMEM;
	}
	free(w->slot);
	w->word = word;
	w->slot = slot;
	w->room = room;
	for (uint32_t i = 0; i < w->n; i++)
		put(w, i);
	return 0;
}

/* The number of a word, from 1; it is made known. */
static int find(struct words *w, struct piece piece, uint32_t *out)
{
	uint32_t i;

	if (2 * w->n >= w->room && grow(w))
		return -ENOMEM;
	for (i = hash(piece) & (w->room - 1); w->slot[i];
	     i = (i + 1) & (w->room - 1)) {
		if (is_word(w->word[w->slot[i] - 1], piece)) {
			*out = w->slot[i];
			return 0;
		}
	}
	/* Names are strings to those who ask for them. */
	if (memchr(piece.p, 0, piece.n))
		return -EINVAL;
	w->word[w->n] = strndup(piece.p, piece.n);
	if (!w->word[w->n])
		return -ENOMEM;
	w->slot[i] = ++w->n;
	*out = w->n;
	return 0;
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
		if (is_word(names->slot[i].name, name)) {
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
