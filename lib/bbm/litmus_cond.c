/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * litmus_cond.c - the question of a litmus test
 *
 *     any  := all { "|" all }
 *     all  := not { "&" not }
 *     not  := "~" not | "(" any ")" | "true" | atom
 *     atom := [PE ":"] name "=" value { "|" value }
 */
#include "bbm/notation.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Parentheses and negations deep; a bound on our own recursion. */
#define MAX_DEPTH 16

static bool add_node(struct scan *scan, struct node node, uint8_t *out)
{
	struct test *test = scan->test;

	if (test->nr_nodes == MAX_NODES)
		return vmsa_scan_fail(scan, "the question is too long");
	test->node[test->nr_nodes] = node;
	*out = test->nr_nodes++;
	return true;
}

/* "F", "F2", "F3", "F(ipa1)": after the F. */
static bool scan_fault(struct scan *scan, uint32_t *out)
{
	uint32_t ipa, level = 0;

	*out = VALUE_FAULT;
	if (isdigit((unsigned char)*scan->at)) {
		if (!vmsa_scan_number(scan, &level) || level > 3)
			return vmsa_scan_fail(scan,
					      "a fault has no such level");
		*out |= level;
	}
	if (!vmsa_scan_accept(scan, "("))
		return true;
	if (!vmsa_scan_output(scan, &ipa) || !(ipa & VALUE_TO_IPA))
		return vmsa_scan_fail(scan, "expected an IPA");
	*out |= VALUE_STAGE2 | ((ipa & VALUE_OUT) + 1) << VALUE_IPA_SHIFT;
	return vmsa_scan_expect(scan, ")");
}

static bool scan_outcome(struct scan *scan, uint32_t *out)
{
	while (*scan->at == ' ')
		scan->at++;
	if (*scan->at == 'F') {
		scan->at++;
		return scan_fault(scan, out);
	}
	if (vmsa_scan_accept(scan, "P")) {
		*out = VALUE_PERMISSION;
		return true;
	}
	if (vmsa_scan_accept(scan, "ok")) {
		*out = VALUE_OK;
		return true;
	}
	return vmsa_scan_value(scan, out);
}

/* After "|": another value of the same atom, or another atom? */
static bool is_outcome(const char *at)
{
	at += strspn(at, " ");
	if (isdigit((unsigned char)*at))
		return at[strspn(at, "0123456789")] != ':';
	return *at == 'F' || *at == 'P' || !strncmp(at, "ok", 2) ||
	       !strncmp(at, "leaf(", 5) || !strncmp(at, "block(", 6) ||
	       !strncmp(at, "table(", 6);
}

/* What an atom is about: a register of a PE, or the data of a page. */
static bool scan_subject(struct scan *scan, struct node *node)
{
	struct test *test = scan->test;
	char name[MAX_NAME];
	uint32_t pe;

	if (!isdigit((unsigned char)*scan->at)) {
		if (!vmsa_scan_name(scan, name))
			return false;
		node->kind = NODE_LOC;
		for (uint8_t i = 0; i < test->page.nr; i++) {
			if (strcmp(test->page.name[i], name) != 0)
				continue;
			node->left = vmsa_litmus_find_loc(test, LOC_DATA, 0, i);
			return true;
		}
		return vmsa_scan_fail(scan, "there is no page %s", name);
	}
	if (!vmsa_scan_number(scan, &pe) || !vmsa_scan_expect(scan, ":") ||
	    !vmsa_scan_name(scan, name))
		return false;
	if (pe >= test->nr_threads)
		return vmsa_scan_fail(scan, "there is no PE %u", pe);
	node->kind = NODE_REG;
	node->pe = (uint8_t)pe;
	for (uint8_t i = 0; i < test->thread[pe].nr_regs; i++) {
		node->left = i;
		if (!strcmp(test->thread[pe].reg[i], name))
			return true;
	}
	return vmsa_scan_fail(scan, "PE %u never sets %s", pe, name);
}

static bool scan_atom(struct scan *scan, uint8_t *out)
{
	struct node node = { .kind = NODE_REG };
	uint8_t other = 0;

	while (*scan->at == ' ')
		scan->at++;
	if (!scan_subject(scan, &node) || !vmsa_scan_expect(scan, "=") ||
	    !scan_outcome(scan, &node.value) || !add_node(scan, node, out))
		return false;
	for (;;) {
		const char *back = scan->at;

		if (!vmsa_scan_accept(scan, "|"))
			return true;
		if (!is_outcome(scan->at)) {
			scan->at = back;
			return true;
		}
		if (!scan_outcome(scan, &node.value) ||
		    !add_node(scan, node, &other) ||
		    !add_node(scan, (struct node){ NODE_OR, *out, other, 0, 0 },
			      out))
			return false;
	}
}

static bool scan_any(struct scan *scan, unsigned depth, uint8_t *out);

static bool scan_not(struct scan *scan, unsigned depth, uint8_t *out)
{
	uint8_t inner;

	if (depth > MAX_DEPTH)
		return vmsa_scan_fail(scan,
				      "the question is nested too deeply");
	if (vmsa_scan_accept(scan, "~"))
		return scan_not(scan, depth + 1, &inner) &&
		       add_node(scan, (struct node){ NODE_NOT, inner, 0, 0, 0 },
				out);
	if (vmsa_scan_accept(scan, "("))
		return scan_any(scan, depth + 1, out) &&
		       vmsa_scan_expect(scan, ")");
	if (vmsa_scan_accept(scan, "true"))
		return add_node(scan, (struct node){ .kind = NODE_TRUE }, out);
	return scan_atom(scan, out);
}

static bool scan_all(struct scan *scan, unsigned depth, uint8_t *out)
{
	uint8_t right;

	if (!scan_not(scan, depth, out))
		return false;
	while (vmsa_scan_accept(scan, "&")) {
		if (!scan_not(scan, depth, &right) ||
		    !add_node(scan,
			      (struct node){ NODE_AND, *out, right, 0, 0 },
			      out))
			return false;
	}
	return true;
}

static bool scan_any(struct scan *scan, unsigned depth, uint8_t *out)
{
	uint8_t right;

	if (!scan_all(scan, depth, out))
		return false;
	while (vmsa_scan_accept(scan, "|")) {
		if (!scan_all(scan, depth, &right) ||
		    !add_node(scan, (struct node){ NODE_OR, *out, right, 0, 0 },
			      out))
			return false;
	}
	return true;
}

bool vmsa_litmus_condition(struct test *test, const char *text)
{
	struct scan scan = { text, text, test };

	return scan_any(&scan, 0, &test->root) && vmsa_scan_at_end(&scan);
}
