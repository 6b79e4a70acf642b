/* SPDX-License-Identifier: BSD-2-Clause */
#include "args.h"

#include <string.h>

#include "json.h"
#include "say.h"

/* The row of that name among the command's own groups; NULL if none. */
static const struct option *find_option(const struct command *command,
					const char *name, size_t length)
{
	for (int i = 0; command->groups[i]; i++) {
		const struct option *o = command->groups[i]->options;

		for (; o->name; o++) {
			if (strlen(o->name) == length &&
			    !memcmp(o->name, name, length))
				return o;
		}
	}
	return NULL;
}

/* One option and its value: "--name value" or "--name=value". */
static int take_option(const struct command *command, char ***at, char **end,
		       struct args *out)
{
	const char *word = *(*at)++;
	const char *equals = strchr(word, '=');
	const size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct option *o = find_option(command, word, length);
	const char *value = equals ? equals + 1 : NULL;
	void *to;

	if (!o)
		return complain("%s has no option '%.*s'", command->name,
				(int)length, word);
	to = (char *)out + o->offset;
	if (!o->takes) {
		if (value)
			return complain("%s takes no value, but was given '%s'",
					o->name, value);
		*(bool *)to = true;
		return EXIT_DONE;
	}
	if (!value && *at == end)
		return complain("%s wants a value: %s", o->name, o->wants);
	if (!value)
		value = *(*at)++;
	if (!o->parse(value, to))
		return complain("%s takes %s, not '%s'", o->name, o->wants,
				value);
	return EXIT_DONE;
}

/* What can only be said once every word was read; --help forgives all. */
static int check_operands(const struct command *command,
			  const struct args *args)
{
	if (args->help)
		return EXIT_DONE;
	if (args->nr_operands < command->min_operands)
		return complain("%s wants %s; see 'vmsa %s --help'",
				command->name, command->operands,
				command->name);
	if (args->nr_operands > command->max_operands)
		return complain("%s does not know what to do with '%s'",
				command->name,
				args->operands[command->max_operands]);
	if (args->json && !doc_is_available())
		return complain("--json needs jansson: install it "
				"(libjansson-dev) and build again");
	return EXIT_DONE;
}

int args_parse(const struct command *command, int argc, char **argv,
	       struct args *out)
{
	char **at = argv, **end = argv + argc;
	bool only_operands = false;

	*out = (struct args){
		.machine = {
			.machine = command->machine,
			.granule_shift = 12,
			.bbm = NOT_GIVEN,
			.memory = NOT_GIVEN,
			.version = VMSA_LINUX_V7_3,
			.mapping = NOT_GIVEN,
		},
		.replay = { .seed = 1, .warmup = NOT_GIVEN },
		.edit = { .to = NOT_GIVEN, .level = 3 },
		.log = { .tlbi_repeat = NOT_GIVEN },
		.show = 10,
		.operands = argv,
	};
	while (at < end) {
		if (!only_operands && !strcmp(*at, "--")) {
			only_operands = true;
			at++;
		} else if (only_operands || **at != '-' || !(*at)[1]) {
			out->operands[out->nr_operands++] = *at++;
		} else if (take_option(command, &at, end, out)) {
			return EXIT_BAD;
		}
	}
	return check_operands(command, out);
}

const char *args_input(const struct args *args, int i)
{
	return strcmp(args->operands[i], "-") ? args->operands[i]
					      : "/dev/stdin";
}

/* Options in two columns, under the heading of their group. */
static void print_group(const struct command *command,
			const struct option_group *group, FILE *out)
{
	char left[64];

	fprintf(out, "\n%s:\n", group->title);
	for (const struct option *o = group->options; o->name; o++) {
		if (find_option(command, o->name, strlen(o->name)) != o)
			continue;
		snprintf(left, sizeof(left), "%s%s%s", o->name,
			 o->takes ? " " : "", o->takes ? o->takes : "");
		/* A name too long for its column gets a line of its own. */
		if (strlen(left) > 28)
			fprintf(out, "  %s\n  %-28s  %s\n", left, "", o->help);
		else
			fprintf(out, "  %-28s  %s\n", left, o->help);
	}
}

void args_help(const struct command *command, FILE *out)
{
	fprintf(out, "usage: vmsa %s [options]%s%s\n\n%s.\n", command->name,
		command->operands ? " " : "",
		command->operands ? command->operands : "", command->summary);
	for (int i = 0; command->groups[i]; i++)
		print_group(command, command->groups[i], out);
	if (command->machine)
		fprintf(out, "\nWithout --machine it is %s.\n",
			command->machine);
}
