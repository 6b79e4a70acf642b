/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c - vmsa, the command line of libvmsa
 *
 * The first word picks a row of the table below; everything else is the
 * command's own business.
 */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "commands.h"
#include "say.h"

/* clang-format off */
static const struct command *const commands[] = {
	&boot_command,
	&walk_command,
	&ptdump_command,
	&verify_command,
	&check_command,
	&scenario_command,
	&explore_command,
	&compare_command,
	&replay_command,
	&sweep_command,
	&trace_info_command,
	&trace_convert_command,
	&trace_export_command,
	&trace_cut_command,
};
/* clang-format on */

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* One line a command; options are in each command's own help. */
static void print_help(void)
{
	puts("usage: vmsa COMMAND [options]\n\n"
	     "Translation tables of Linux/arm64's linear map: build, walk and "
	     "compare them,\nand say what they cost.\n\ncommands:");
	for (size_t i = 0; i < NR_COMMANDS; i++)
		printf("  %-14s  %s\n", commands[i]->name,
		       commands[i]->summary);
	puts("\n'vmsa COMMAND --help' lists a command's options; vmsa(1) is "
	     "the manual.\nExit status: 0 done, 1 the answer is no, 2 bad "
	     "usage or input.");
}

/* How many of the words are @name, which may be of two words; 0: not it. */
static int words_of(const char *name, int argc, char **argv)
{
	const char *second = strchr(name, ' ');
	const size_t n = second ? (size_t)(second - name) : strlen(name);

	if (strlen(argv[0]) != n || memcmp(argv[0], name, n))
		return 0;
	if (!second)
		return 1;
	return argc > 1 && !strcmp(argv[1], second + 1) ? 2 : 0;
}

/* Words to values, then the command. */
static int run(const struct command *command, int argc, char **argv)
{
	struct args args;
	int ret = args_parse(command, argc, argv, &args);

	if (ret)
		return ret;
	if (args.help) {
		args_help(command, stdout);
		return EXIT_DONE;
	}
	return command->run(&args);
}

/* The words after "vmsa". */
static int dispatch(int argc, char **argv)
{
	const bool two = argc > 1 && argv[1][0] != '-';

	if (!argc)
		return complain("name a command; 'vmsa --help' lists them");
	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "help")) {
		print_help();
		return EXIT_DONE;
	}
	if (!strcmp(argv[0], "--version")) {
		printf("vmsa %s\n", vmsa_version());
		return EXIT_DONE;
	}
	for (size_t i = 0; i < NR_COMMANDS; i++) {
		const int words = words_of(commands[i]->name, argc, argv);

		if (words)
			return run(commands[i], argc - words, argv + words);
	}
	if (argv[0][0] == '-')
		return complain("there is no option '%s'; see 'vmsa --help'",
				argv[0]);
	return complain("there is no command '%s%s%s'; 'vmsa --help' lists "
			"them",
			argv[0], two ? " " : "", two ? argv[1] : "");
}

int main(int argc, char **argv)
{
	int ret = dispatch(argc - 1, argv + 1);

	/* A full disk must not pass for success. */
	if (fflush(stdout) || ferror(stdout))
		ret = complain("could not write the result to stdout");
	return ret;
}
