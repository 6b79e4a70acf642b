/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parse.c - lines into statements
 *
 *     statement = word [word] {operand | key=value | flag} [# comment]
 *
 * What a word may be followed by is in its row of a table of words; nothing
 * here knows any statement.  Each line is kept twice, as written to be shown,
 * and as a copy that is cut into words.
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "grow.h"

/* More words than any statement can use, with all its operands and keys. */
#define MAX_WORDS 40

/* Where parsing stands: the script, the line, and who to tell. */
struct parser {
	struct vmsa_scenario *s;
	unsigned line;
	struct vmsa_error *err;
};

/* A sentence about the line that is being read. */
#define wrong(p, ...)                                                     \
	vmsa_error_at((p)->err, (p)->s->name, "line", (p)->line, -EINVAL, \
		      __VA_ARGS__)

/* Cut @text at blanks; at most MAX_WORDS words. */
static size_t cut(char *text, char **words)
{
	size_t n = 0;
	char *save = NULL;

	for (char *w = strtok_r(text, " \t\r", &save); w && n < MAX_WORDS;
	     w = strtok_r(NULL, " \t\r", &save))
		words[n++] = w;
	return n;
}

/* A letter or _, then letters, digits, _ and -. */
static bool is_name(const char *text)
{
	const char *letters = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

	return strspn(text, letters) &&
	       text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-")] ==
		       '\0';
}

/* An operand of one kind; why not, or NULL. */
static const char *parse_operand(char kind, char *text, struct operand *out)
{
	out->word = text;
	switch (kind) {
	case 'n':
		return is_name(text) ? NULL : "a name";
	case 'u':
		return vmsa_scenario_number(text, &out->number) ? NULL
								: "a number";
	case 'r':
		return vmsa_scenario_range(text, &out->range)
			       ? NULL
			       : "a range, START+SIZE";
	case 'a':
		return vmsa_scenario_address(text, &out->address)
			       ? NULL
			       : "an address";
	default:
		return NULL;
	}
}

/* Key @i of the word, with what stands behind its =, or NULL. */
static int parse_key(struct parser *p, struct statement *s, unsigned i,
		     char *value)
{
	const struct key_spec *key = &s->word->keys[i];
	const char *wanted;

	if (has_key(s, i))
		return wrong(p, "%s is given twice", key->name);
	s->given |= UINT32_C(1) << i;
	if (key->kind == 'f')
		return value ? wrong(p, "%s takes no value", key->name) : 0;
	if (!value || !*value)
		return wrong(p, "%s takes a value: %s=...", key->name,
			     key->name);
	wanted = parse_operand(key->kind, value, &s->key[i]);
	return wanted ? wrong(p, "%s is not %s", s->key[i].word, wanted) : 0;
}

/* 1: it was a key; 0: it is an operand; negative: it is wrong. */
static int try_key(struct parser *p, struct statement *s, char *text)
{
	char *eq = strchr(text, '=');
	const size_t n = eq ? (size_t)(eq - text) : strlen(text);

	for (unsigned i = 0; s->word->keys && s->word->keys[i].name; i++) {
		const struct key_spec *key = &s->word->keys[i];
		int ret;

		if (strlen(key->name) != n || memcmp(key->name, text, n) ||
		    (!eq && key->kind != 'f'))
			continue;
		ret = parse_key(p, s, i, eq ? eq + 1 : NULL);
		return ret ? ret : 1;
	}
	if (eq)
		return wrong(p, "%s takes no %.*s=", s->word->name, (int)n,
			     text);
	return 0;
}

/* The letter of the next operand, 0 if there is none. */
static char next_kind(const struct statement *s)
{
	unsigned n = s->nr_args;

	for (const char *k = s->word->operands; *k; k++) {
		if (*k != '?' && n-- == 0)
			return *k;
	}
	return 0;
}

/* How many operands there have to be. */
static unsigned operands_needed(const struct word *w)
{
	return (unsigned)strcspn(w->operands, "?");
}

/*
 * The next operand; parsing an address cuts the text, so what is told of it was
 * kept.
 */
static int take_operand(struct parser *p, struct statement *s, char *text)
{
	const char kind = next_kind(s);
	const char *wanted;
	char as_written[64];

	if (!kind)
		return wrong(p, "%s does not take '%s'", s->word->name, text);
	snprintf(as_written, sizeof(as_written), "%s", text);
	wanted = parse_operand(kind, text, &s->arg[s->nr_args++]);
	return wanted ? wrong(p, "'%s' is not %s", as_written, wanted) : 0;
}

/* Everything after the word itself, as one operand. */
static int take_rest(struct parser *p, struct statement *s, const char *rest)
{
	s->arg[s->nr_args++].word = rest;
	if (!*rest && !strchr(s->word->operands, '?'))
		return wrong(p, "%s needs something after it", s->word->name);
	return 0;
}

/* Keys and operands in any order, until all that must be there is. */
static int take_words(struct parser *p, struct statement *s, char **words,
		      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int ret = try_key(p, s, words[i]);

		if (!ret)
			ret = take_operand(p, s, words[i]);
		if (ret < 0)
			return ret;
	}
	if (s->nr_args < operands_needed(s->word))
		return wrong(p, "%s needs more after it", s->word->name);
	return 0;
}

/* Where the text goes on after @n words. */
static const char *after_words(const char *text, size_t n)
{
	while (n--) {
		text += strcspn(text, " \t\r");
		text += strspn(text, " \t\r");
	}
	return text;
}

/* Find the word, two words before one, and let its row say the rest. */
static int parse_statement(struct parser *p, struct statement *s)
{
	char *words[MAX_WORDS] = { NULL };
	const size_t n = cut(s->copy, words);
	size_t own;

	s->word = vmsa_scenario_word(words[0], n > 1 ? words[1] : NULL);
	if (!s->word)
		return wrong(p, "there is no statement '%s%s%s'", words[0],
			     n > 1 ? " " : "", n > 1 ? words[1] : "");
	own = strchr(s->word->name, ' ') ? 2 : 1;
	if (strchr(s->word->operands, '*'))
		return take_rest(p, s, after_words(s->text, own));
	if (n == MAX_WORDS)
		return wrong(p, "too many words");
	return take_words(p, s, words + own, n - own);
}

/* Room for one more, cleared but not counted. */
static struct statement *new_statement(struct vmsa_scenario *s)
{
	struct statement *v = vmsa_grown(s->v, s->n, &s->room, sizeof(*v));

	if (!v)
		return NULL;
	s->v = v;
	memset(&s->v[s->n], 0, sizeof(s->v[s->n]));
	return &s->v[s->n];
}

/* One line of @n bytes: comment and blanks at both ends go. */
static int parse_line(struct parser *p, const char *line, size_t n)
{
	const char *comment = memchr(line, '#', n);
	struct statement *s;

	if (comment)
		n = (size_t)(comment - line);
	while (n && strchr(" \t\r", *line))
		line++, n--;
	while (n && strchr(" \t\r", line[n - 1]))
		n--;
	if (!n)
		return 0;
	s = new_statement(p->s);
	if (!s)
		return -ENOMEM;
	s->line = p->line;
	s->text = strndup(line, n);
	s->copy = strndup(line, n);
	/* Counted now, so that its text is freed whatever comes. */
	p->s->n++;
	return s->text && s->copy ? parse_statement(p, s) : -ENOMEM;
}

int vmsa_scenario_parse(const char *text, const char *name,
			struct vmsa_scenario **out, struct vmsa_error *err)
{
	struct vmsa_scenario *s = calloc(1, sizeof(*s));
	struct parser p = { .s = s, .err = err };
	int ret = 0;

	if (!s)
		return -ENOMEM;
	snprintf(s->name, sizeof(s->name), "%s", name);
	while (*text && !ret) {
		const size_t n = strcspn(text, "\n");

		p.line++;
		ret = parse_line(&p, text, n);
		text += n + (text[n] == '\n');
	}
	if (ret)
		vmsa_scenario_destroy(s);
	else
		*out = s;
	return ret;
}

/* The largest script read: nobody writes more by hand. */
#define MAX_SCRIPT (16 << 20)

/* All of a stream as a string.  Blocks double, so that a pipe works as well. */
static int read_stream(FILE *f, char **out, size_t *size)
{
	size_t n = 0, room = 4096, got;
	char *text = malloc(room), *more;

	while (text && (got = fread(text + n, 1, room - n - 1, f))) {
		n += got;
		if (n > MAX_SCRIPT) {
			free(text);
			return -EFBIG;
		}
		if (n + 1 < room)
			continue;
		room *= 2;
		more = realloc(text, room);
		if (!more)
			free(text);
		text = more;
	}
	if (!text)
		return -ENOMEM;
	if (ferror(f)) {
		free(text);
		return -EIO;
	}
	text[n] = '\0';
	*out = text;
	*size = n;
	return 0;
}

/* A string ends at a NUL: what follows one would be skipped unseen. */
static int refuse_nul(const char *text, size_t size, const char *path,
		      struct vmsa_error *err)
{
	const char *nul = memchr(text, '\0', size);
	uint64_t line = 1;

	if (!nul)
		return 0;
	for (const char *c = text; c < nul; c++)
		line += *c == '\n';
	return vmsa_error_at(err, path, "line", line, -EINVAL,
			     "a NUL byte: this is no script");
}

int vmsa_scenario_read(const char *path, struct vmsa_scenario **out,
		       struct vmsa_error *err)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	int ret = f ? read_stream(f, &text, &size) : -errno;

	if (f)
		fclose(f);
	if (ret)
		return vmsa_error_at(err, path, NULL, 0, ret, "%s",
				     strerror(-ret));
	ret = refuse_nul(text, size, path, err);
	if (!ret)
		ret = vmsa_scenario_parse(text, path, out, err);
	free(text);
	return ret;
}

void vmsa_scenario_destroy(struct vmsa_scenario *scenario)
{
	if (!scenario)
		return;
	for (size_t i = 0; i < scenario->n; i++) {
		free(scenario->v[i].text);
		free(scenario->v[i].copy);
	}
	free(scenario->v);
	free(scenario);
}

const char *vmsa_scenario_name(const struct vmsa_scenario *scenario)
{
	return scenario->name;
}
