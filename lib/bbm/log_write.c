/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_write.c - what is done to a space, as an event log
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <strings.h>

#include "bbm/log.h"

struct vmsa_log_writer {
	struct vmsa_space *space;
	FILE *out;
	uint16_t pe; /* of the last event */
};

/* --- events -------------------------------------------------------------- */

static void write_store(FILE *out, const struct vmsa_event *e)
{
	fprintf(out, "%s %d 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64,
		e->kind == VMSA_EVENT_FILL ? "fill" : "store", e->level,
		e->u.store.va, e->u.store.at, e->u.store.desc);
	if (e->u.store.count != 1)
		fprintf(out, " %u 0x%" PRIx64, e->u.store.count,
			e->u.store.step);
	fputc('\n', out);
}

static void write_lower(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text >= 'A' && *text <= 'Z' ? *text | 0x20 : *text, out);
}

static void write_tlbi(FILE *out, const struct vmsa_tlbi *tlbi)
{
	fputs("tlbi ", out);
	write_lower(out, vmsa_tlbi_name(tlbi->op, tlbi->scope));
	if (vmsa_tlbi_form(tlbi->op) != VMSA_TLBI_FORM_ALL)
		fprintf(out, " 0x%" PRIx64, tlbi->operand);
	fputc('\n', out);
}

/* A log of one space has one tree of tables. */
static void write_ttbr(FILE *out, const struct vmsa_event *e)
{
	fputs("ttbr 0", out);
	if (e->u.ttbr.asid != VMSA_EVENT_OWN_ASID)
		fprintf(out, " asid=%u", e->u.ttbr.asid);
	fputs(e->u.ttbr.cnp ? " cnp\n" : "\n", out);
}

void vmsa_log_write_event(FILE *out, const struct vmsa_event *event)
{
	switch (event->kind) {
	case VMSA_EVENT_STORE:
	case VMSA_EVENT_FILL:
		write_store(out, event);
		break;
	case VMSA_EVENT_TABLE_ALLOC:
	case VMSA_EVENT_TABLE_FREE:
		fprintf(out, "%s %d 0x%" PRIx64 "\n",
			event->kind == VMSA_EVENT_TABLE_FREE ? "free" : "alloc",
			event->level, event->u.table.pa);
		break;
	case VMSA_EVENT_BARRIER:
		write_lower(out, vmsa_barrier_name(event->u.barrier));
		fputc('\n', out);
		break;
	case VMSA_EVENT_TLBI:
		write_tlbi(out, &event->u.tlbi);
		break;
	case VMSA_EVENT_TTBR:
		write_ttbr(out, event);
		break;
	case VMSA_EVENT_BEGIN:
	case VMSA_EVENT_END:
	default:
		fprintf(out, "%s %s\n",
			event->kind == VMSA_EVENT_BEGIN ? "begin" : "end",
			event->u.name);
		break;
	}
}

static void observe(void *arg, const struct vmsa_event *event)
{
	struct vmsa_log_writer *w = arg;

	if (event->pe != w->pe)
		fprintf(w->out, "pe %u\n", event->pe);
	w->pe = event->pe;
	vmsa_log_write_event(w->out, event);
}

/* --- what is there before ------------------------------------------------ */

static int write_entry(void *arg, const struct vmsa_entry *e)
{
	FILE *out = arg;

	fprintf(out, "init 0x%" PRIx64 " 0x%" PRIx64, e->at, e->desc);
	if (e->count != 1)
		fprintf(out, " %u 0x%" PRIx64, e->count, e->step);
	fputc('\n', out);
	return 0;
}

static int write_tables(struct vmsa_space *space, uint64_t mair, FILE *out)
{
	static const char *const formats[] = { [VMSA_FORMAT_48] = "48",
					       [VMSA_FORMAT_LPA] = "lpa",
					       [VMSA_FORMAT_LPA2] = "lpa2" };
	const struct vmsa_geometry *g = vmsa_space_geometry(space);
	const vmsa_va base = vmsa_space_base(space);

	fprintf(out,
		"tables 0 root=0x%" PRIx64 " granule=%uk va=%u format=%s "
		"half=%s mair=0x%" PRIx64 "\n",
		vmsa_space_root(space), 1u << (g->granule_shift - 10),
		g->va_bits, formats[g->format], base ? "upper" : "lower", mair);
	return vmsa_visit(space, base, base + ((UINT64_C(1) << g->va_bits) - 1),
			  VMSA_VISIT_TABLES, write_entry, out);
}

int vmsa_log_write(struct vmsa_space *space, uint64_t mair, FILE *out,
		   struct vmsa_log_writer **writer)
{
	struct vmsa_log_writer *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return -ENOMEM;
	w->space = space;
	w->out = out;
	rc = write_tables(space, mair, out);
	if (!rc && ferror(out))
		rc = -EIO;
	if (!rc)
		rc = vmsa_space_observe(space, observe, w);
	if (rc) {
		free(w);
		return rc;
	}
	*writer = w;
	return 0;
}

int vmsa_log_writer_stop(struct vmsa_log_writer *writer)
{
	FILE *out = writer->out;

	vmsa_space_unobserve(writer->space, observe, writer);
	free(writer);
	return fflush(out) || ferror(out) ? -EIO : 0;
}
