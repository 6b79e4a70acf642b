/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bootargs.c - the boot arguments that shape the linear map (7.1, 2.2)
 *
 * Words are cut and compared as the kernel does it, because users paste command
 * lines of real machines: quotes, dashes for underscores, the last of several
 * wins, what follows "--" is for init.  What a kernel would warn about and
 * ignore is ignored here too.
 */
#include "linux/boot/boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A word of the command line: NAME or NAME=VALUE, quotes kept out. */
struct word {
	char name[48];
	char value[48];
};

/* rodata= in one kernel: the word and what it means (7.1). */
struct rodata_word {
	const char *word;
	bool enabled, full;
};

/* 6.12 and the posted patch: full is more than on. */
static const struct rodata_word old_words[] = {
	{ "on", true, false },
	{ "full", true, true },
	{ "off", false, false },
};

/* Since 6.18: on is what full was, and full is no word any more. */
static const struct rodata_word new_words[] = {
	{ "on", true, true },
	{ "noalias", true, false },
	{ "off", false, false },
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Cut the next word off; quoted blanks do not end it.  NULL at the end. */
static const char *next_word(const char *text, struct word *w)
{
	char *to = w->name, *end = w->name + sizeof(w->name) - 1;
	bool quoted = false, in_value = false;

	while (is_blank(*text))
		text++;
	if (!*text)
		return NULL;
	memset(w, 0, sizeof(*w));
	for (; *text && (quoted || !is_blank(*text)); text++) {
		if (*text == '"') {
			quoted = !quoted;
		} else if (*text == '=' && !in_value) {
			in_value = true;
			to = w->value;
			end = w->value + sizeof(w->value) - 1;
			/*
		 * Names and values that matter are short: the rest may be cut.
		 */
		} else if (to < end) {
			*to++ = *text;
		}
	}
	return text;
}

/* rodata= in the words of the kernel that boots. */
static void parse_rodata(const struct vmsa_linux_kernel *kernel,
			 const char *value, struct boot_args *out)
{
	const bool old = vmsa_linux_rules(kernel->version)->rodata_words_old;
	const struct rodata_word *words = old ? old_words : new_words;

	/* Any other word draws a warning and changes nothing. */
	for (int i = 0; i < 3; i++) {
		if (!strcmp(words[i].word, value)) {
			out->rodata_enabled = words[i].enabled;
			out->rodata_full = words[i].full;
		}
	}
}

/* As the kernel reads a switch: one letter decides, after an "o" the next. */
static bool parse_switch(const char *value, bool *out)
{
	const bool is_o = value[0] == 'o' || value[0] == 'O';
	const char c = value[0] && is_o ? value[1] : value[0];

	if (!c)
		return false;
	if (strchr(is_o ? "nN" : "yYtT1", c))
		*out = true;
	else if (strchr(is_o ? "fF" : "nNfF0", c))
		*out = false;
	else
		return false;
	return true;
}

/* A count in C's notation and nothing else; the kernel refuses the rest. */
static bool parse_count(const char *value, unsigned long *out)
{
	unsigned long n;
	char *end;

	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	n = strtoul(value, &end, 0);
	if (errno || *end)
		return false;
	*out = n;
	return true;
}

/* Names are equal also where one has a dash and the other an underscore. */
static bool is_named(const struct word *w, const char *name)
{
	const char *a = w->name;

	for (; *a && (*a == *name || (*a == '-' && *name == '_')); a++)
		name++;
	return *a == *name;
}

/* A size with a suffix, K to E. */
static uint64_t parse_size(const char *value)
{
	static const char suffixes[] = "kmgtpe";
	char *end;
	const uint64_t n = strtoull(value, &end, 0);
	const char *s;

	if (!*end)
		return n;
	/* Bit 5 makes a letter lower case. */
	s = strchr(suffixes, *end | 0x20);
	return s ? n << (10 * (s - suffixes + 1)) : n;
}

/* What one word changes.  A later word overrides an earlier one. */
static void heed(const struct vmsa_linux_kernel *kernel, const struct word *w,
		 struct boot_args *out)
{
	if (is_named(w, "rodata"))
		parse_rodata(kernel, w->value, out);
	else if (is_named(w, "debug_pagealloc"))
		parse_switch(w->value, &out->debug_pagealloc);
	else if (is_named(w, "kfence.sample_interval"))
		/* A value that is refused leaves the one before. */
		out->has_interval |=
			parse_count(w->value, &out->kfence_interval);
	else if (is_named(w, "nokaslr"))
		out->nokaslr = true;
	else if (is_named(w, "kpti"))
		parse_switch(w->value, &out->kpti);
	else if (is_named(w, "mem"))
		out->mem = parse_size(w->value) >>
			   kernel->granule_shift << kernel->granule_shift;
}

void vmsa_linux_parse_args(const struct vmsa_linux_kernel *kernel,
			   const char *text, struct boot_args *out)
{
	const bool old = vmsa_linux_rules(kernel->version)->rodata_words_old;
	struct word w;

	*out = (struct boot_args){
		.rodata_enabled = true,
		.rodata_full = old ? kernel->rodata_full_default : true,
	};
	while ((text = next_word(text, &w))) {
		/* What follows is for init. */
		if (!strcmp(w.name, "--"))
			break;
		heed(kernel, &w, out);
	}
}
