/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_fields.c - casemate's traces: records, cut into fields
 *
 * (mem-write (id 5) (tid 0) (mem-order plain) (address 0x..) (value 0x..)
 *  (src "mmu.c:12"))
 *
 * or, without the names, what they name in this order:
 *
 * (mem-write 5 0 "mmu.c:12" plain 0x.. 0x..)
 *
 * Numbers are hexadecimal, with 0x or without.  A record is read once, from
 * its first byte to its last; whoever runs out of text stops at its end.
 */
#include <stddef.h>

#include "bbm/log_sexp.h"

/* Text that is being cut, from @p on. */
struct cursor {
	const char *p, *end;
};

/* --- words --------------------------------------------------------------- */

static const uint8_t is_space[256] = {
	[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1
};

/* Where a word ends. */
static const uint8_t is_end[256] = {
	[' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, ['('] = 1, [')'] = 1
};

static inline void skip(struct cursor *c)
{
	while (c->p < c->end && is_space[(uint8_t)*c->p])
		c->p++;
}

void vmsa_sexp_skip(struct piece *p)
{
	struct cursor c = { p->p, p->p + p->n };

	skip(&c);
	*p = (struct piece){ c.p, (size_t)(c.end - c.p) };
}

/* What is between quotes; the cursor is at the first one. */
static struct piece quoted(struct cursor *c)
{
	struct piece t = { ++c->p, 0 };
	const char *end = memchr(c->p, '"', (size_t)(c->end - c->p));

	t.n = (size_t)((end ? end : c->end) - t.p);
	c->p = end ? end + 1 : c->end;
	return t;
}

/* A word, or what is between quotes. */
static inline struct piece token(struct cursor *c)
{
	struct piece t;

	skip(c);
	if (c->p < c->end && *c->p == '"')
		return quoted(c);
	t.p = c->p;
	while (c->p < c->end && !is_end[(uint8_t)*c->p])
		c->p++;
	t.n = (size_t)(c->p - t.p);
	return t;
}

static inline bool number(struct cursor *c, uint64_t *out)
{
	const char *first;
	uint64_t v = 0;

	skip(c);
	if (c->end - c->p > 2 && c->p[0] == '0' && (c->p[1] | 0x20) == 'x')
		c->p += 2;
	for (first = c->p; c->p < c->end; c->p++) {
		const unsigned d = vmsa_log_digits[(uint8_t)*c->p];

		if (!d)
			break;
		v = v << 4 | (d - 1);
	}
	*out = v;
	return c->p > first && c->p - first <= 16 &&
	       (c->p == c->end || is_end[(uint8_t)*c->p]);
}

/* The next byte, if it is this one. */
static inline bool takes(struct cursor *c, char what)
{
	skip(c);
	if (c->p == c->end || *c->p != what)
		return false;
	c->p++;
	return true;
}

/* --- fields -------------------------------------------------------------- */

/* Where a named field goes. */
struct field {
	const char *name; /* NULL: no more of this length */
	uint16_t offset;  /* in struct record */
	bool is_number;   /* else a word */
};

#define NUMBER(name, member)                                \
	{                                                   \
		name, offsetof(struct record, member), true \
	}
#define WORD(name, member)                                   \
	{                                                    \
		name, offsetof(struct record, member), false \
	}

/* By the length of their names; what is not here is not of interest. */
static const struct field fields[][3] = {
	[3] = { NUMBER("tid", tid), WORD("src", src) },
	[4] = { NUMBER("addr", address), WORD("kind", kind),
		NUMBER("size", size) },
	[5] = { NUMBER("value", value), NUMBER("level", level) },
	[6] = { NUMBER("thread", tid), WORD("sysreg", sysreg) },
	[7] = { NUMBER("address", address) },
	[8] = { NUMBER("location", location) },
	[9] = { WORD("mem-order", order) },
};

static inline const struct field *find_field(struct piece name)
{
	if (name.n >= sizeof(fields) / sizeof(fields[0]))
		return NULL;
	for (unsigned i = 0; i < 3 && fields[name.n][i].name; i++) {
		if (vmsa_piece_starts(name, fields[name.n][i].name))
			return &fields[name.n][i];
	}
	return NULL;
}

/* "(name value)", its first parenthesis read. */
static inline bool field(struct cursor *c, struct record *r)
{
	const struct field *f = find_field(token(c));
	struct piece value;

	if (f && f->is_number) {
		void *to = (char *)r + f->offset;

		if (!number(c, to))
			return false;
		r->has_value |= f->offset == offsetof(struct record, value);
	} else {
		value = token(c);
		if (f)
			memcpy((char *)r + f->offset, &value, sizeof(value));
	}
	return takes(c, ')');
}

/* --- records without names of fields -------------------------------------- */

/*
 * The arguments of a record in their order, a letter for each: mem-'o'rder,
 * 'a'ddress, 's'ize, 'v'alue, sys'r'eg, 'k'ind, 'l'ocation, 'w'ord.  It may end
 * where a '|' is; NULL: it always has names.
 */
static const struct form {
	const char *name, *arguments;
	uint8_t n; /* bytes of @name */
	uint8_t what;
} forms[] = {
#define FORM(name, what, arguments)                     \
	{                                               \
		name, arguments, sizeof(name) - 1, what \
	}
	FORM("mem-write", RECORD_WRITE, "oav"),
	FORM("barrier", RECORD_BARRIER, "w|w"),
	FORM("tlbi", RECORD_TLBI, "w|v"),
	FORM("lock", RECORD_LOCK, "a"),
	FORM("unlock", RECORD_UNLOCK, "a"),
	FORM("mem-read", RECORD_NOTHING, "av"),
	FORM("mem-init", RECORD_REGION, "as"),
	FORM("mem-set", RECORD_REGION, "asv"),
	FORM("mem-free", RECORD_FREE, NULL),
	FORM("sysreg-write", RECORD_REGISTER, "rv"),
	FORM("msr", RECORD_REGISTER, "rv"),
	FORM("hint", RECORD_HINT, "klv"),
	FORM("enter-context", RECORD_NOTHING, NULL),
	FORM("exit-context", RECORD_NOTHING, NULL),
#undef FORM
};

static const struct form *find_form(struct piece name)
{
	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (forms[i].n == name.n &&
		    vmsa_piece_starts(name, forms[i].name))
			return &forms[i];
	}
	return NULL;
}

static bool take_argument(char what, struct cursor *c, struct record *r)
{
	switch (what) {
	case 'o':
		r->order = token(c);
		return true;
	case 'r':
		r->sysreg = token(c);
		return true;
	case 'k':
		r->kind = token(c);
		return true;
	case 'w':
		r->word[r->word[0].n ? 1 : 0] = token(c);
		return true;
	case 'a':
		return number(c, &r->address);
	case 's':
		return number(c, &r->size);
	case 'l':
		return number(c, &r->location);
	default:
		r->has_value = true;
		return number(c, &r->value);
	}
}

/* What follows the record's name: sequence number, thread, source. */
static bool cut_positional(struct cursor *c, const char *next, struct record *r)
{
	uint64_t sequence;

	if (!number(c, &sequence) || !number(c, &r->tid))
		return false;
	skip(c);
	if (c->p < c->end && *c->p == '"')
		r->src = token(c);
	for (;; next++) {
		skip(c);
		if (c->p == c->end)
			return false;
		if (*c->p == ')')
			return (!*next || *next == '|') && takes(c, ')');
		next += *next == '|';
		if (!*next || !take_argument(*next, c, r))
			return false;
	}
}

/* --- records ------------------------------------------------------------- */

static bool cut_named(struct cursor *c, struct record *r)
{
	unsigned words = 0;

	for (;;) {
		skip(c);
		if (c->p == c->end)
			return false;
		if (*c->p == '(') {
			c->p++;
			if (!field(c, r))
				return false;
		} else if (*c->p == ')') {
			c->p++;
			return true;
		} else if (words < 2) {
			r->word[words++] = token(c);
		} else {
			return false;
		}
	}
}

static bool cut(struct cursor *c, struct record *r)
{
	const struct form *form;
	struct piece name;

	if (!takes(c, '('))
		return false;
	name = token(c);
	if (!name.n)
		return false;
	form = find_form(name);
	r->what = form ? form->what : RECORD_UNKNOWN;
	skip(c);
	if (c->p < c->end && *c->p >= '0' && *c->p <= '9')
		return form && form->arguments &&
		       cut_positional(c, form->arguments, r);
	return cut_named(c, r);
}

enum cut vmsa_sexp_cut(struct piece *p, struct record *r)
{
	struct cursor c = { p->p, p->p + p->n };

	if (!cut(&c, r))
		return c.p == c.end ? CUT_SHORT : CUT_BAD;
	r->text = (struct piece){ p->p, (size_t)(c.p - p->p) };
	*p = (struct piece){ c.p, (size_t)(c.end - c.p) };
	return CUT_RECORD;
}
