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
 * Numbers are hexadecimal, with 0x or without.
 */
#include "bbm/log_sexp.h"

/* --- words --------------------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void vmsa_sexp_skip(struct piece *p)
{
	while (p->n && is_space(*p->p)) {
		p->p++;
		p->n--;
	}
}

/* A word, or what is between quotes. */
static struct piece token(struct piece *p)
{
	struct piece t;

	vmsa_sexp_skip(p);
	t = (struct piece){ p->p, 0 };
	if (p->n && *p->p == '"') {
		t.p++;
		while (t.n + 1 < p->n && t.p[t.n] != '"')
			t.n++;
		p->p += t.n + 1;
		p->n -= t.n + 1;
		if (p->n) {
			p->p++;
			p->n--;
		}
		return t;
	}
	while (t.n < p->n && !is_space(t.p[t.n]) && t.p[t.n] != '(' &&
	       t.p[t.n] != ')')
		t.n++;
	p->p += t.n;
	p->n -= t.n;
	return t;
}

static bool number(struct piece p, uint64_t *out)
{
	uint64_t v = 0;

	if (p.n > 2 && p.p[0] == '0' && (p.p[1] | 0x20) == 'x') {
		p.p += 2;
		p.n -= 2;
	}
	if (!p.n || p.n > 16)
		return false;
	for (size_t i = 0; i < p.n; i++) {
		const char c = p.p[i];
		const char low = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint64_t)(c - '0');
		else if (low >= 'a' && low <= 'f')
			v = v << 4 | (uint64_t)(low - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* --- fields -------------------------------------------------------------- */

/* Where a named field goes: a number or a word; NULL: not of interest. */
static uint64_t *number_of(struct record *r, struct piece name)
{
	if (vmsa_piece_is(name, "tid") || vmsa_piece_is(name, "thread"))
		return &r->tid;
	if (vmsa_piece_is(name, "address") || vmsa_piece_is(name, "addr"))
		return &r->address;
	if (vmsa_piece_is(name, "size"))
		return &r->size;
	if (vmsa_piece_is(name, "location"))
		return &r->location;
	if (vmsa_piece_is(name, "level"))
		return &r->level;
	r->has_value |= vmsa_piece_is(name, "value");
	return vmsa_piece_is(name, "value") ? &r->value : NULL;
}

static struct piece *word_of(struct record *r, struct piece name)
{
	if (vmsa_piece_is(name, "kind"))
		return &r->kind;
	if (vmsa_piece_is(name, "src"))
		return &r->src;
	if (vmsa_piece_is(name, "mem-order"))
		return &r->order;
	return vmsa_piece_is(name, "sysreg") ? &r->sysreg : NULL;
}

/* "(name value)", its first parenthesis read. */
static bool field(struct piece *p, struct record *r)
{
	const struct piece name = token(p);
	const struct piece value = token(p);
	uint64_t *n = number_of(r, name);
	struct piece *w = word_of(r, name);

	if (n && !number(value, n))
		return false;
	if (w)
		*w = value;
	vmsa_sexp_skip(p);
	if (!p->n || *p->p != ')')
		return false;
	p->p++;
	p->n--;
	return true;
}

/* --- records without names of fields -------------------------------------- */

/*
 * The arguments of a record in their order, a letter for each: mem-'o'rder,
 * 'a'ddress, 's'ize, 'v'alue, sys'r'eg, 'k'ind, 'l'ocation, 'w'ord.  It may end
 * where a '|' is.
 */
static const struct form {
	const char *name, *arguments;
} forms[] = {
	{ "mem-write", "oav" },   { "mem-read", "av" }, { "mem-init", "as" },
	{ "mem-set", "asv" },     { "barrier", "w|w" }, { "tlbi", "w|v" },
	{ "sysreg-write", "rv" }, { "msr", "rv" },      { "hint", "klv" },
	{ "lock", "a" },          { "unlock", "a" },
};

static bool take_argument(char what, struct piece t, struct record *r)
{
	switch (what) {
	case 'o':
		r->order = t;
		return true;
	case 'r':
		r->sysreg = t;
		return true;
	case 'k':
		r->kind = t;
		return true;
	case 'w':
		r->word[r->word[0].n ? 1 : 0] = t;
		return true;
	case 'a':
		return number(t, &r->address);
	case 's':
		return number(t, &r->size);
	case 'l':
		return number(t, &r->location);
	default:
		r->has_value = true;
		return number(t, &r->value);
	}
}

/* What follows the record's name: sequence number, thread, source. */
static bool cut_positional(struct piece p, struct record *r)
{
	const char *next = NULL;
	uint64_t sequence;

	for (unsigned i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (vmsa_piece_is(r->name, forms[i].name))
			next = forms[i].arguments;
	}
	if (!next || !number(token(&p), &sequence) ||
	    !number(token(&p), &r->tid))
		return false;
	vmsa_sexp_skip(&p);
	if (p.n && *p.p == '"')
		r->src = token(&p);
	for (;; next++) {
		vmsa_sexp_skip(&p);
		if (p.n && *p.p == ')')
			return !*next || *next == '|';
		next += *next == '|';
		if (!*next || !take_argument(*next, token(&p), r))
			return false;
	}
}

bool vmsa_sexp_cut(struct piece p, struct record *r)
{
	unsigned words = 0;

	vmsa_sexp_skip(&p);
	if (!p.n || *p.p != '(')
		return false;
	p.p++;
	p.n--;
	r->name = token(&p);
	vmsa_sexp_skip(&p);
	if (p.n && *p.p >= '0' && *p.p <= '9')
		return cut_positional(p, r);
	for (;;) {
		vmsa_sexp_skip(&p);
		if (!p.n)
			return false;
		if (*p.p == ')')
			return r->name.n != 0;
		if (*p.p == '(') {
			p.p++;
			p.n--;
			if (!field(&p, r))
				return false;
		} else if (words < 2) {
			r->word[words++] = token(&p);
		} else {
			return false;
		}
	}
}
