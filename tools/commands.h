/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_COMMANDS_H
#define VMSA_TOOLS_COMMANDS_H
/*
 * commands.h - every command; each lives in the file of its name
 */
#include "args.h"

extern const struct command boot_command;
extern const struct command walk_command;
extern const struct command ptdump_command;
extern const struct command verify_command;
extern const struct command check_command;
extern const struct command scenario_command;
extern const struct command explore_command;
extern const struct command compare_command;
extern const struct command replay_command;
extern const struct command sweep_command;
extern const struct command trace_info_command;
extern const struct command trace_cut_command;
extern const struct command trace_convert_command;
extern const struct command trace_export_command;

#endif /* VMSA_TOOLS_COMMANDS_H */
