/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ops.c - the calls a kernel made: read them, make them again
 *
 *     map phys= va= size= prot= flags=     the mapping code was called
 *     urp addr= size= set= clr=            update_range (8.1) was
 *     # CALL ..., # DUMP ...               where stages lie in between
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "grow.h"
#include "linux/recorded/recorded.h"
#include "linux/map/map.h"

/* There is nobody to return an error to: it is kept for later. */
void vmsa_call_log_add(void *log, const struct vmsa_linux_map *map)
{
	struct call_log *l = log;
	struct vmsa_linux_map *v = vmsa_grown(l->v, l->n, &l->room, sizeof(*v));

	if (!v) {
		l->failed = true;
		return;
	}
	l->v = v;
	l->v[l->n++] = *map;
}

static bool parse_map(const char *line, struct op *op)
{
	unsigned long long pa, va, size, prot;
	unsigned flags;

	if (sscanf(line, "map phys=%llx va=%llx size=%llx prot=%llx flags=%x",
		   &pa, &va, &size, &prot, &flags) != 5)
		return false;
	op->kind = OP_MAP;
	op->map = (struct vmsa_linux_map){ pa, va, size, prot, flags };
	return true;
}

static bool parse_update(const char *line, struct op *op)
{
	unsigned long long addr, size, set, clear;

	if (sscanf(line, "urp addr=%llx size=%llx set=%llx clr=%llx", &addr,
		   &size, &set, &clear) != 4)
		return false;
	op->kind = OP_UPDATE;
	op->map.va = addr;
	op->map.size = size;
	op->set = set;
	op->clear = clear;
	return true;
}

/*
 * Lines that are neither a call nor a mark say nothing; a call that cannot be
 * read is an error.
 */
static bool parse(const char *line, struct op *op)
{
	static const struct {
		const char *start;
		enum op_kind kind;
	} marks[] = {
		{ "# DUMP paging_init-return", OP_PAGING_DONE },
		{ "# CALL linear_map_maybe_split_to_ptes", OP_CPUS_FINAL },
		{ "# DUMP idle", OP_IDLE },
	};

	op->kind = OP_OTHER;
	if (!strncmp(line, "map ", 4))
		return parse_map(line, op);
	if (!strncmp(line, "urp ", 4))
		return parse_update(line, op);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (!strncmp(line, marks[i].start, strlen(marks[i].start)))
			op->kind = marks[i].kind;
	}
	return true;
}

int vmsa_ops_open(const struct vmsa_case *c, const char *file, struct ops *out,
		  struct vmsa_error *err)
{
	const int ret = vmsa_text_read(c->dir, file, &out->text, err);

	if (!ret)
		out->at = out->text.data;
	out->line = 0;
	return ret;
}

void vmsa_ops_close(struct ops *ops)
{
	free(ops->text.data);
}

int vmsa_ops_next(struct ops *ops, const struct vmsa_linux *l, struct op *op,
		  struct vmsa_error *err)
{
	const char *line;

	/*
	 * Other regions' calls are not ours: the first ones map the device
	 * tree in the fixmap, later ones the image and vmalloc.
	 */
	while ((line = vmsa_text_line(&ops->at))) {
		ops->line++;
		if (!parse(line, op))
			return vmsa_error_at(err, ops->text.name, "line",
					     ops->line, -EINVAL,
					     "not a call: %s", line);
		if (op->kind == OP_OTHER)
			continue;
		if ((op->kind == OP_MAP || op->kind == OP_UPDATE) &&
		    !vmsa_linux_is_linear(l, op->map.va))
			continue;
		return 1;
	}
	if (ops->at != ops->text.data + ops->text.size)
		return vmsa_error_at(err, ops->text.name, "line", ops->line + 1,
				     -EINVAL, "a NUL byte in a text");
	return 0;
}

int vmsa_op_apply(const struct op *op, struct vmsa_linux *l)
{
	if (op->kind == OP_MAP)
		return vmsa_linux_map_with(l, &op->map, VMSA_LATE, false);
	return vmsa_linux_update_range(l, op->map.va, op->map.size, op->set,
				       op->clear);
}
