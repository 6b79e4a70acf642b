/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address.c - numbers, ranges and addresses of a script
 *
 *     address = base ["[" page "]"] ["+" offset]
 *     base    = number | "pa:" number | "lm" | name | "alias:" name
 */
#include "linux/scenario/scenario.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * A number at the start of @text, C's notation and one unit letter; where it
 * ends, or NULL if there is none or it does not fit 64 bits.
 */
static const char *scan_number(const char *text, uint64_t *out)
{
	static const char units[] = "KMGT";
	unsigned long long value;
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	value = strtoull(text, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		const unsigned shift = 10 * (unsigned)(unit - units + 1);

		if (value > UINT64_MAX >> shift)
			return NULL;
		value <<= shift;
		end++;
	}
	if (errno)
		return NULL;
	*out = value;
	return end;
}

/* Nothing may follow it. */
bool vmsa_scenario_number(const char *text, uint64_t *out)
{
	const char *end = scan_number(text, out);

	return end && !*end;
}

/* Not empty, and it does not wrap. */
bool vmsa_scenario_range(const char *text, struct vmsa_range *out)
{
	const char *end = scan_number(text, &out->start);

	if (!end || *end != '+')
		return false;
	end = scan_number(end + 1, &out->size);
	return end && !*end && out->size &&
	       out->start + (out->size - 1) >= out->start;
}

/*
 * "+ offset" and "[page]" at the end of what is left of a name.  Each is cut
 * off, so the base ends where they began.
 */
static bool take_tail(char *text, struct address *out)
{
	char *plus = strchr(text, '+');
	char *bracket;
	const char *end;

	if (plus) {
		*plus = '\0';
		if (!vmsa_scenario_number(plus + 1, &out->offset))
			return false;
	}
	bracket = strchr(text, '[');
	if (!bracket)
		return true;
	*bracket = '\0';
	end = scan_number(bracket + 1, &out->page);
	return end && end[0] == ']' && !end[1];
}

/*
 * The tail is cut off first, so that what is left is a base and nothing else.
 */
bool vmsa_scenario_address(char *text, struct address *out)
{
	memset(out, 0, sizeof(*out));
	if (!take_tail(text, out))
		return false;
	if (isdigit((unsigned char)*text)) {
		out->kind = ADDRESS_VA;
		return vmsa_scenario_number(text, &out->number);
	}
	if (!strncmp(text, "pa:", 3)) {
		out->kind = ADDRESS_PA;
		return vmsa_scenario_number(text + 3, &out->number);
	}
	if (!strcmp(text, "lm")) {
		out->kind = ADDRESS_LINEAR;
		return true;
	}
	out->kind = ADDRESS_NAME;
	if (!strncmp(text, "alias:", 6)) {
		out->kind = ADDRESS_ALIAS;
		text += 6;
	}
	out->name = text;
	/* Whether anything has that name is asked when the statement runs. */
	return isalpha((unsigned char)*text) || *text == '_';
}

/* The area behind a name; "m.text" is a part of module m. */
static const struct vmsa_linux_area *area_of(struct runner *r,
					     const struct object *o,
					     const char *section)
{
	if (o->kind != OBJECT_MODULE || !section)
		return o->kind == OBJECT_BPF ? o->bpf.area : o->area;
	for (int s = 0; s < VMSA_NR_SECTIONS; s++) {
		if (!strcmp(section, vmsa_section_name((enum vmsa_section)s)))
			return o->module.area[s];
	}
	bad(r, "a module has no section '%s'", section);
	return NULL;
}

/* The linear map address of the page that backs a page of an area. */
static int alias_of(struct runner *r, const struct address *a,
		    const struct vmsa_linux_area *area, vmsa_va *out)
{
	if (a->page >= area->pages)
		return bad(r, "%s has only %llu pages", a->name,
			   (unsigned long long)area->pages);
	*out = vmsa_linux_va(r->sys, area->page[a->page]) + a->offset;
	return 0;
}

/* An address inside something that was made. */
static int resolve_name(struct runner *r, const struct address *a, vmsa_va *out)
{
	const unsigned shift = vmsa_linux_kernel(r->sys)->granule_shift;
	const uint64_t page = a->page << shift;
	const struct vmsa_linux_area *area;
	const struct object *o;
	char name[64];
	char *dot;

	if (strlen(a->name) >= sizeof(name))
		return bad(r, "%s is too long a name", a->name);
	strcpy(name, a->name);
	dot = strchr(name, '.');
	if (dot)
		*dot++ = '\0';
	o = vmsa_object_find(r, name);
	if (!o)
		return bad(r, "nothing has the name '%s'", name);
	if (o->kind == OBJECT_SECRET) {
		*out = vmsa_linux_va(r->sys, o->pa) + page + a->offset;
		return 0;
	}
	area = area_of(r, o, dot);
	if (r->broken)
		return -EINVAL;
	if (!area)
		return bad(r, "'%s' has no area", a->name);
	if (a->kind == ADDRESS_ALIAS)
		return alias_of(r, a, area, out);
	*out = area->va + page + a->offset +
	       (o->kind == OBJECT_BPF ? o->bpf.offset : 0);
	return 0;
}

/* Base, page and offset, added up. */
static int resolve(struct runner *r, const struct address *a, vmsa_va *out)
{
	const unsigned shift = vmsa_linux_kernel(r->sys)->granule_shift;

	*out = a->offset + (a->page << shift);
	switch (a->kind) {
	case ADDRESS_VA:
		*out += a->number;
		return 0;
	case ADDRESS_PA:
		*out += vmsa_linux_va(r->sys, a->number);
		return 0;
	case ADDRESS_LINEAR:
		*out += vmsa_linux_layout(r->sys)->linear_start;
		return 0;
	default:
		return resolve_name(r, a, out);
	}
}

/* Only the kernel's half has tables here. */
int vmsa_scenario_resolve(struct runner *r, const struct address *a,
			  vmsa_va *out)
{
	const int ret = resolve(r, a, out);

	if (!ret && *out < vmsa_space_base(vmsa_linux_space(r->sys)))
		return bad(r, "0x%llx is not an address of the kernel",
			   (unsigned long long)*out);
	return ret;
}
