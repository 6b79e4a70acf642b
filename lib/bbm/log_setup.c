/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_setup.c - the lines of event logs that describe PEs and tables
 *
 * machine bbm=2 pes=4 ha
 * tables 0 root=0x1000 granule=4k va=48 regime=el1 half=upper asid=any
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bbm/log.h"

/* One "key=value", or "key" alone. */
struct setting {
	char key[16];
	char text[40];
	uint64_t number; /* valid if @is_number */
	bool is_number;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void copy(char *out, size_t room, struct piece p)
{
	const size_t n = p.n < room ? p.n : room - 1;

	memcpy(out, p.p, n);
	out[n] = 0;
}

/* The next setting of a line; false at its end. */
static bool next_setting(struct piece *line, struct setting *out)
{
	struct piece key, value;
	char *end;

	while (line->n && is_space(*line->p)) {
		line->p++;
		line->n--;
	}
	if (!line->n || *line->p == '#' || *line->p == '@')
		return false;
	key = (struct piece){ line->p, 0 };
	while (key.n < line->n && !is_space(key.p[key.n]) &&
	       key.p[key.n] != '=')
		key.n++;
	value = (struct piece){ key.p + key.n, 0 };
	if (key.n < line->n && *value.p == '=')
		value.p++;
	while (value.p + value.n < line->p + line->n &&
	       !is_space(value.p[value.n]))
		value.n++;
	line->n -= (size_t)(value.p + value.n - line->p);
	line->p = value.p + value.n;
	copy(out->key, sizeof(out->key), key);
	copy(out->text, sizeof(out->text), value);
	out->number = strtoull(out->text, &end, 0);
	out->is_number = out->text[0] >= '0' && out->text[0] <= '9' &&
			 (!*end || !strcmp(end, "k"));
	return true;
}

static bool is_key(const struct setting *s, const char *key)
{
	return !strcmp(s->key, key);
}

static int bad(const struct vmsa_log *log, const struct setting *s,
	       struct vmsa_error *err)
{
	return vmsa_log_bad(log, err, "%s=%s cannot be", s->key, s->text);
}

/* A number not above @max; whether the key was this one, and well. */
static int take(const struct setting *s, const char *key, uint64_t max,
		uint64_t *out)
{
	if (!is_key(s, key))
		return 0;
	if (!s->is_number || s->number > max)
		return -1;
	*out = s->number;
	return 1;
}

/* --- machine ------------------------------------------------------------- */

struct machine {
	uint64_t bbm, alone, pes, repeat;
	bool ha, hd, ets2;
};

static int machine_setting(const struct setting *s, struct machine *m)
{
	int rc = take(s, "bbm", 3, &m->bbm);

	if (!rc)
		rc = take(s, "alone", 3, &m->alone);
	if (!rc)
		rc = take(s, "pes", 4096, &m->pes);
	if (!rc)
		rc = take(s, "tlbi_repeat", VMSA_CHECK_MAX_REPEAT, &m->repeat);
	if (rc)
		return rc;
	if (s->text[0])
		return -1;
	m->ha |= is_key(s, "ha");
	m->hd |= is_key(s, "hd");
	m->ets2 |= is_key(s, "ets2");
	return is_key(s, "ha") || is_key(s, "hd") || is_key(s, "ets2") ? 1 : -1;
}

int vmsa_log_parse_machine(struct vmsa_log *log, struct piece line,
			   struct vmsa_log_item *item, struct vmsa_error *err)
{
	struct machine m = { 0 };
	struct setting s;

	while (next_setting(&line, &s)) {
		if (machine_setting(&s, &m) < 0)
			return bad(log, &s, err);
	}
	item->kind = VMSA_LOG_MACHINE;
	item->u.machine.bbm = (unsigned)m.bbm;
	item->u.machine.bbm_alone = (unsigned)m.alone;
	item->u.machine.pes = (unsigned)m.pes;
	item->u.machine.ha = m.ha;
	item->u.machine.hd = m.hd;
	item->u.machine.ets2 = m.ets2;
	item->u.machine.tlbi_repeat = (unsigned)m.repeat;
	return 1;
}

/* --- tables -------------------------------------------------------------- */

struct layout {
	struct vmsa_check_tables t;
	uint64_t granule, va, start, asid, vmid;
	enum vmsa_format format;
	bool has_start, has_root;
};

/* One of the words of a key; -1 if it is none of them. */
static int choose(const struct setting *s, const char *const *words)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(s->text, words[i]))
			return i;
	}
	return -1;
}

static int layout_word(const struct setting *s, struct layout *l)
{
	static const char *const regimes[] = { "el1", "el2", "stage2", NULL };
	static const char *const formats[] = { "48", "lpa", "lpa2", NULL };
	static const char *const halves[] = { "lower", "upper", NULL };
	static const char *const spaces[] = { "one", "secure", "nonsecure",
					      NULL };
	int i;

	if (is_key(s, "regime")) {
		i = choose(s, regimes);
		l->t.regime = (enum vmsa_check_regime)i;
	} else if (is_key(s, "format")) {
		i = choose(s, formats);
		l->format = (enum vmsa_format)i;
	} else if (is_key(s, "half")) {
		i = choose(s, halves);
		l->t.upper = i == 1;
	} else if (is_key(s, "ipa")) {
		i = choose(s, spaces);
		l->t.ipa = (enum vmsa_check_ipa)i;
	} else if (is_key(s, "asid") && !strcmp(s->text, "any")) {
		i = 1;
		l->t.asid = VMSA_CHECK_ANY_ASID;
	} else {
		i = -1;
	}
	return i < 0 ? -1 : 1;
}

static int layout_setting(const struct setting *s, struct layout *l)
{
	uint64_t asid;
	int rc = take(s, "root", UINT64_MAX, &l->t.root);

	l->has_root |= rc > 0;
	if (!rc)
		rc = take(s, "granule", 64, &l->granule);
	if (!rc)
		rc = take(s, "va", 52, &l->va);
	if (!rc)
		rc = take(s, "vmid", 0xffff, &l->vmid);
	if (!rc)
		rc = take(s, "mair", UINT64_MAX, &l->t.mair);
	if (rc)
		return rc;
	if (take(s, "asid", 0xffff, &asid) > 0) {
		l->t.asid = (uint32_t)asid;
		return 1;
	}
	if (take(s, "start", 3, &l->start) > 0) {
		l->has_start = true;
		return 1;
	}
	if (is_key(s, "idle") && !s->text[0]) {
		l->t.idle = true;
		return 1;
	}
	return layout_word(s, l);
}

/* Stage 2 may start at a finer level, with up to 16 tables side by side. */
static bool finish_layout(struct layout *l)
{
	const unsigned shift = l->granule == 4    ? 12
			       : l->granule == 16 ? 14
			       : l->granule == 64 ? 16
						  : 0;
	struct vmsa_geometry *g = &l->t.geometry;

	if (!shift || !l->has_root ||
	    vmsa_geometry_init(g, shift, (unsigned)l->va, l->format))
		return false;
	if (l->has_start) {
		if ((int)l->start < g->start_level ||
		    (int)l->start > g->start_level + 1)
			return false;
		g->start_level = (int8_t)l->start;
		if (l->va > vmsa_level_shift(g, g->start_level) +
				    vmsa_geometry_stride(g) + 4)
			return false;
	}
	l->t.vmid = (uint16_t)l->vmid;
	return true;
}

/* The number and the root of tables may be wrong in ways of their own. */
static int check_tables(const struct vmsa_log *log, unsigned id,
			const struct layout *l, struct vmsa_error *err)
{
	const uint64_t bytes = vmsa_root_bytes(&l->t.geometry);

	for (unsigned i = 0; i < log->nr_tables; i++)
		if (log->id[i] == id)
			return vmsa_log_bad(log, err,
					    "there are tables %u already", id);
	/* TTBRn holds bits from 6 on. */
	if (l->t.root & ((bytes < 64 ? 64 : bytes) - 1))
		return vmsa_log_bad(log, err,
				    "the root's address is not a multiple of "
				    "its size, %u bytes",
				    (unsigned)(bytes < 64 ? 64 : bytes));
	return 0;
}

int vmsa_log_parse_tables(struct vmsa_log *log, struct piece line,
			  struct vmsa_log_item *item, struct vmsa_error *err)
{
	struct layout l = { .t = { .asid = VMSA_CHECK_ANY_ASID } };
	struct setting s;
	unsigned id;

	if (!next_setting(&line, &s) || s.key[0] < '0' || s.key[0] > '9' ||
	    strlen(s.key) > 4)
		return vmsa_log_bad(log, err, "expected a number of tables");
	id = (unsigned)atoi(s.key);
	if (log->nr_tables == MAX_LOG_TABLES)
		return vmsa_log_bad(log, err, "more than %u tables",
				    MAX_LOG_TABLES);
	while (next_setting(&line, &s)) {
		if (layout_setting(&s, &l) < 0)
			return bad(log, &s, err);
	}
	if (!finish_layout(&l))
		return vmsa_log_bad(log, err,
				    "no tables of such root, granule, va, "
				    "format and start");
	if (check_tables(log, id, &l, err))
		return -EINVAL;
	return vmsa_log_add_tables(log, id, &l.t, item);
}
