/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_TRACE_FOREIGN_READERS_H
#define VMSA_LIB_TRACE_FOREIGN_READERS_H
/*
 * readers.h - one reader a format; each reads a sink's source to its end
 *
 * Return, of all: 0; -EBADMSG, if the file is damaged here, the sink having
 * all before it; an error of vmsa_source_fill() or of the writer.
 */
#include "trace/foreign/sink.h"

/** VMSA_CHAMPSIM_BYTES - of an instruction, and of one with an ASID. */
#define VMSA_CHAMPSIM_BYTES   64
#define VMSA_CLOUDSUITE_BYTES 96

/** vmsa_read_champsim() - ChampSim, both layouts. */
int vmsa_read_champsim(struct vmsa_sink *k);

/** vmsa_read_lackey() - valgrind --tool=lackey --trace-mem=yes. */
int vmsa_read_lackey(struct vmsa_sink *k);

/** vmsa_read_perf() - perf script, with event, addr and ip. */
int vmsa_read_perf(struct vmsa_sink *k);

/** vmsa_read_drmemtrace() - DynamoRIO's trace entries. */
int vmsa_read_drmemtrace(struct vmsa_sink *k);

/** vmsa_read_gem5() - gem5's packet traces. */
int vmsa_read_gem5(struct vmsa_sink *k);

#endif /* VMSA_LIB_TRACE_FOREIGN_READERS_H */
