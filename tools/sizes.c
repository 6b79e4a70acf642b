/* SPDX-License-Identifier: BSD-2-Clause */
#include "sizes.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "say.h"

/* The largest structure the model takes. */
#define MAX_ENTRIES (UINT32_C(1) << 20)

#define AT(member) offsetof(struct vmsa_tlb_config, member)

static const struct {
	const char *name;
	size_t at;
} structures[] = {
	{ "l1d", AT(l1d) },
	{ "l1i", AT(l1i) },
	{ "l2", AT(l2) },
	{ "l2i", AT(l2i) },
	{ "walk-cache", AT(walk_cache) },
	{ "ipa-cache", AT(ipa_cache) },
	{ "lines", AT(lines) },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The structure whose name is the @n characters at @name. */
static struct vmsa_tlb_array *find(struct vmsa_tlb_config *tlb,
				   const char *name, size_t n)
{
	for (size_t i = 0; i < COUNT(structures); i++)
		if (strlen(structures[i].name) == n &&
		    !memcmp(structures[i].name, name, n))
			return (void *)((char *)tlb + structures[i].at);
	return NULL;
}

/* A number from 1 on at @text; where it ends, NULL if there is none. */
static const char *scan(const char *text, uint32_t *out)
{
	uint32_t n = 0;

	for (; isdigit((unsigned char)*text) && n < MAX_ENTRIES; text++)
		n = 10 * n + (uint32_t)(*text - '0');
	*out = n;
	return n && n <= MAX_ENTRIES ? text : NULL;
}

/* ENTRIES[/WAYS], up to a comma or the end; where it ends, or NULL. */
static const char *scan_shape(const char *text, struct vmsa_tlb_array *out)
{
	uint32_t sets;

	text = scan(text, &out->entries);
	out->ways = out->entries;
	if (text && *text == '/')
		text = scan(text + 1, &out->ways);
	if (!text || (*text && *text != ',') || out->entries % out->ways)
		return NULL;
	sets = out->entries / out->ways;
	return sets & (sets - 1) ? NULL : text;
}

/* One NAME=ENTRIES[/WAYS]; where it ends, NULL if it is none. */
static const char *apply_one(const char *text, struct vmsa_tlb_config *tlb)
{
	const size_t name = strcspn(text, "=,");
	struct vmsa_tlb_array *array = find(tlb, text, name);
	struct vmsa_tlb_array shape;

	if (!array || text[name] != '=')
		return NULL;
	text = scan_shape(text + name + 1, &shape);
	if (!text)
		return NULL;
	array->entries = shape.entries;
	array->ways = shape.ways;
	return text;
}

int sizes_apply(const char *text, struct vmsa_tlb_config *tlb)
{
	while (*text) {
		const char *end = apply_one(text, tlb);

		if (!end)
			return complain(
				"--tlb: '%s' is not NAME=ENTRIES[/WAYS] "
				"with a name of l1d, l1i, l2, l2i, "
				"walk-cache, ipa-cache or lines and a "
				"power of two sets",
				text);
		text = end + (*end == ',');
	}
	return EXIT_DONE;
}
