/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_TOOLS_TRACES_H
#define VMSA_TOOLS_TRACES_H
/*
 * traces.h - traces by name or file
 */
#include "args.h"
#include "vmsa/trace.h"

/** TRACE_SUFFIX - how the name of a bundled trace's file ends. */
#define TRACE_SUFFIX ".vmt"

/**
 * trace_open() - open a trace.
 * @name: a file, or the name of a bundled trace
 * @out:  for vmsa_trace_close()
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int trace_open(const char *name, struct vmsa_trace **out);

/** trace_label() - the last part of a path, without its suffix. */
void trace_label(const char *path, char *out, size_t size);

/**
 * trace_report() - read a trace that was written, and say what it is.
 * @args: whether as JSON
 * @path: the trace
 *
 * Return: EXIT_DONE; EXIT_BAD after a complaint.
 */
int trace_report(const struct args *args, const char *path);

#endif /* VMSA_TOOLS_TRACES_H */
