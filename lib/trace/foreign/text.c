/* SPDX-License-Identifier: BSD-2-Clause */
#include "trace/foreign/text.h"

#include <string.h>

static int too_long(struct vmsa_sink *k)
{
	k->line++;
	return vmsa_sink_bad_line(k, "the line is too long for such a text");
}

/* Take a whole line of what is at hand.  1; 0 if it has no end there. */
static int take_line(struct vmsa_sink *k, size_t have, struct vmsa_piece *out)
{
	const char *at = (const char *)vmsa_source_data(&k->source);
	const size_t room = have < VMSA_LINE_MAX ? have : VMSA_LINE_MAX;
	const char *end = room ? memchr(at, '\n', room) : NULL;

	if (!end)
		return have < VMSA_LINE_MAX ? 0 : too_long(k);
	out->at = at;
	out->end = end;
	k->source.pos += (size_t)(end + 1 - at);
	k->line++;
	return 1;
}

int vmsa_sink_line(struct vmsa_sink *k, struct vmsa_piece *out)
{
	size_t have;
	int ret = vmsa_source_fill(&k->source, 1, &have, k->err);

	if (!ret)
		ret = take_line(k, have, out);
	if (ret || !have)
		return ret;
	/* The window's last line: with what follows it, it has an end. */
	ret = vmsa_source_fill(&k->source, VMSA_LINE_MAX, &have, k->err);
	if (!ret)
		ret = take_line(k, have, out);
	if (ret)
		return ret;
	k->line++;
	return vmsa_sink_bad_line(k, "the file ends inside this line");
}

/* A digit's value; 16 if it is none. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

bool vmsa_piece_number(struct vmsa_piece *t, unsigned base, uint64_t *out)
{
	const char *p = t->at;
	uint64_t n = 0;

	for (; p < t->end && digit(*p) < base; p++) {
		const unsigned d = digit(*p);

		if (n > (UINT64_MAX - d) / base)
			return false;
		n = n * base + d;
	}
	if (p == t->at)
		return false;
	t->at = p;
	*out = n;
	return true;
}

bool vmsa_piece_starts(const struct vmsa_piece *t, const char *word)
{
	const size_t n = strlen(word);

	return (size_t)(t->end - t->at) >= n && !memcmp(t->at, word, n);
}

bool vmsa_piece_word(struct vmsa_piece *t, struct vmsa_piece *out)
{
	while (t->at < t->end && (*t->at == ' ' || *t->at == '\t'))
		t->at++;
	out->at = t->at;
	while (t->at < t->end && *t->at != ' ' && *t->at != '\t')
		t->at++;
	out->end = t->at;
	return out->at < out->end;
}
