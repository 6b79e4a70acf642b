/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program.c - the events that PEs did to their tables
 */
#include "bbm/explore_slice.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int vmsa_program_create(const struct vmsa_program_config *config,
			struct vmsa_program **out)
{
	struct vmsa_program *program = calloc(1, sizeof(*program));

	if (!program)
		return -ENOMEM;
	program->config = *config;
	*out = program;
	return 0;
}

/* The memory puts a freed frame to use at once, so what it held is copied. */
static int save_table(struct vmsa_program *program, vmsa_pa pa)
{
	const size_t granule = vmsa_granule(&program->config.geometry);
	const void *frame =
		vmsa_memory_frame(vmsa_space_memory(program->space), pa);
	struct saved_table *grown = realloc(
		program->saved, (program->nr_saved + 1) * sizeof(*grown));
	vmsa_desc *copy;

	if (!grown)
		return -ENOMEM;
	program->saved = grown;
	copy = malloc(granule);
	if (!copy || !frame) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, frame, granule);
	grown[program->nr_saved++] =
		(struct saved_table){ program->nr - 1, copy };
	return 0;
}

const vmsa_desc *vmsa_program_saved(const struct vmsa_program *program,
				    size_t index)
{
	size_t low = 0, high = program->nr_saved;

	while (low < high) {
		const size_t mid = (low + high) / 2;

		if (program->saved[mid].event < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low < program->nr_saved && program->saved[low].event == index
		       ? program->saved[low].desc
		       : NULL;
}

static void record(void *arg, const struct vmsa_event *event)
{
	struct vmsa_program *program = arg;
	int rc = vmsa_program_add(program, event);

	if (!rc && event->kind == VMSA_EVENT_TABLE_FREE)
		rc = save_table(program, event->u.table.pa);
	if (rc)
		program->lost = true;
}

static void unobserve(struct vmsa_program *program)
{
	if (program->space)
		vmsa_space_unobserve(program->space, record, program);
	program->space = NULL;
}

void vmsa_program_destroy(struct vmsa_program *program)
{
	if (!program)
		return;
	unobserve(program);
	for (size_t i = 0; i < program->nr_saved; i++)
		free(program->saved[i].desc);
	free(program->saved);
	free(program->event);
	free(program->pe);
	free(program);
}

static int add_pe(struct vmsa_program *program, uint16_t pe)
{
	uint16_t *grown;

	for (size_t i = 0; i < program->pes; i++) {
		if (program->pe[i] == pe)
			return 0;
	}
	grown = realloc(program->pe, (program->pes + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	program->pe = grown;
	grown[program->pes++] = pe;
	return 0;
}

int vmsa_program_add(struct vmsa_program *program,
		     const struct vmsa_event *event)
{
	if (add_pe(program, event->pe))
		return -ENOMEM;
	if (program->nr == program->room) {
		const size_t room = program->room ? 2 * program->room : 64;
		struct vmsa_event *grown =
			realloc(program->event, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		program->event = grown;
		program->room = room;
	}
	program->event[program->nr++] = *event;
	return 0;
}

static int read_space(void *arg, vmsa_pa at, vmsa_desc *out)
{
	return vmsa_memory_read(arg, at, out);
}

int vmsa_program_record(struct vmsa_space *space, struct vmsa_program **out)
{
	const struct vmsa_program_config config = {
		.geometry = *vmsa_space_geometry(space),
		.root = vmsa_space_root(space),
		.asid = VMSA_CHECK_ANY_ASID,
		.read = read_space,
		.arg = vmsa_space_memory(space),
	};
	struct vmsa_program *program;
	int rc = vmsa_program_create(&config, &program);

	if (rc)
		return rc;
	rc = vmsa_space_observe(space, record, program);
	if (rc) {
		vmsa_program_destroy(program);
		return rc;
	}
	program->space = space;
	*out = program;
	return 0;
}

int vmsa_program_stop(struct vmsa_program *program)
{
	unobserve(program);
	return program->lost ? -ENOMEM : 0;
}

void vmsa_program_abandon(struct vmsa_program *program)
{
	program->space = NULL;
	program->lost = true;
}

size_t vmsa_program_count(const struct vmsa_program *program)
{
	return program->nr;
}

const struct vmsa_event *vmsa_program_event(const struct vmsa_program *program,
					    size_t index)
{
	return &program->event[index];
}

/* --- probes -------------------------------------------------------------- */

static bool is_store(const struct vmsa_event *event)
{
	return event->kind == VMSA_EVENT_STORE ||
	       event->kind == VMSA_EVENT_FILL;
}

static int compare_va(const void *a, const void *b)
{
	const vmsa_va x = *(const vmsa_va *)a, y = *(const vmsa_va *)b;

	return x < y ? -1 : x > y;
}

/* Addresses of one store: by entry, or by entry of the tables it links. */
struct spread {
	uint64_t count, step;
};

static struct spread spread_of(const struct vmsa_program *program,
			       const struct vmsa_event *e)
{
	const struct vmsa_geometry *g = &program->config.geometry;
	const uint64_t span = vmsa_level_span(g, e->level);
	struct spread s = { e->u.store.count, span };

	/* Addresses below a table part ways only in that table. */
	if (vmsa_desc_type(g, e->level, e->u.store.desc) ==
		    VMSA_DESC_TYPE_TABLE ||
	    vmsa_desc_type(g, e->level, e->u.store.old) ==
		    VMSA_DESC_TYPE_TABLE) {
		s.step = vmsa_level_span(g, e->level + 1);
		s.count *= span / s.step;
	}
	return s;
}

int vmsa_program_probes(const struct vmsa_program *program, vmsa_va **out,
			size_t *count)
{
	size_t n = 0, kept = 0;
	vmsa_va *va;

	for (size_t i = 0; i < program->nr; i++) {
		if (is_store(&program->event[i]))
			n += spread_of(program, &program->event[i]).count;
	}
	va = malloc((n ? n : 1) * sizeof(*va));
	if (!va)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < program->nr; i++) {
		const struct vmsa_event *e = &program->event[i];
		struct spread s;

		if (!is_store(e))
			continue;
		s = spread_of(program, e);
		for (uint64_t j = 0; j < s.count; j++)
			va[n++] = e->u.store.va + j * s.step;
	}
	qsort(va, n, sizeof(*va), compare_va);
	for (size_t i = 0; i < n; i++) {
		if (!kept || va[kept - 1] != va[i])
			va[kept++] = va[i];
	}
	*out = va;
	*count = kept;
	return 0;
}

/* --- printing ------------------------------------------------------------ */

static void print_store(FILE *out, const struct vmsa_event *e)
{
	fprintf(out,
		"%s level %d at 0x%" PRIx64 ": 0x%" PRIx64 " -> 0x%" PRIx64
		", VA 0x%" PRIx64,
		e->kind == VMSA_EVENT_STORE ? "STORE" : "FILL", e->level,
		e->u.store.at, e->u.store.old, e->u.store.desc, e->u.store.va);
	if (e->u.store.count > 1)
		fprintf(out, ", %" PRIu32 " entries", e->u.store.count);
}

void vmsa_event_print(FILE *out, const struct vmsa_event *event)
{
	switch (event->kind) {
	case VMSA_EVENT_STORE:
	case VMSA_EVENT_FILL:
		print_store(out, event);
		break;
	case VMSA_EVENT_TABLE_ALLOC:
	case VMSA_EVENT_TABLE_FREE:
		fprintf(out, "TABLE %s level %d at 0x%" PRIx64,
			event->kind == VMSA_EVENT_TABLE_ALLOC ? "ALLOC"
							      : "FREE",
			event->level, event->u.table.pa);
		break;
	case VMSA_EVENT_BARRIER:
		fputs(vmsa_barrier_name(event->u.barrier), out);
		break;
	case VMSA_EVENT_TLBI:
		fprintf(out, "TLBI %s, 0x%" PRIx64,
			vmsa_tlbi_name(event->u.tlbi.op, event->u.tlbi.scope),
			event->u.tlbi.operand);
		break;
	case VMSA_EVENT_TTBR:
		fputs("TTBR", out);
		break;
	case VMSA_EVENT_BEGIN:
	case VMSA_EVENT_END:
		fprintf(out, "%s %s",
			event->kind == VMSA_EVENT_BEGIN ? "BEGIN" : "END",
			event->u.name);
		break;
	}
}
