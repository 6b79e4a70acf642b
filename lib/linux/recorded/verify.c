/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify.c - boot what was recorded, and compare
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "linux/recorded/recorded.h"

static bool same_call(const struct vmsa_linux_map *a,
		      const struct vmsa_linux_map *b)
{
	return a->pa == b->pa && a->va == b->va && a->size == b->size &&
	       a->prot == b->prot && a->flags == b->flags;
}

static void show_call(FILE *out, const char *who,
		      const struct vmsa_linux_map *m)
{
	fprintf(out,
		"  %s: map phys=0x%" PRIx64 " va=0x%" PRIx64 " size=0x%" PRIx64
		" prot=0x%" PRIx64 " flags=0x%x\n",
		who, m->pa, m->va, m->size, m->prot, m->flags);
}

/* Call by call, in order. */
static void compare_calls(const struct call_log *theirs,
			  const struct call_log *ours,
			  const struct vmsa_verify *how, struct vmsa_verdict *v)
{
	const size_t n = theirs->n > ours->n ? theirs->n : ours->n;

	for (size_t i = 0; i < n; i++) {
		const bool both = i < theirs->n && i < ours->n;

		if (both && same_call(&theirs->v[i], &ours->v[i]))
			continue;
		v->differences++;
		if (!how->differences || v->differences > how->max_shown)
			continue;
		if (i < theirs->n)
			show_call(how->differences, "kernel", &theirs->v[i]);
		if (i < ours->n)
			show_call(how->differences, "ours  ", &ours->v[i]);
	}
}

static int verify_paging(const struct vmsa_case *c, const struct vmsa_linux *l,
			 const struct call_log *ours,
			 const struct vmsa_verify *how, struct vmsa_error *err)
{
	struct vmsa_verdict v = { .stage = c->stages[0] };
	struct call_log theirs = { 0 };
	struct stage s;
	int ret;

	ret = vmsa_boot_calls_read(c, l, &theirs, err);
	if (!ret)
		ret = vmsa_stage_read(c, 0, &s, err);
	if (!ret) {
		compare_calls(&theirs, ours, how, &v);
		ret = vmsa_stage_compare(&s, l, how, &v);
		free(s.lines);
	}
	free(theirs.v);
	return ret ? ret : how->verdict(how->arg, &v);
}

int vmsa_case_verify(const struct vmsa_case *c, const struct vmsa_verify *how,
		     struct vmsa_error *err)
{
	struct call_log ours = { 0 };
	struct vmsa_linux *l = NULL;
	int ret;

	ret = vmsa_case_boot(c, vmsa_call_log_add, &ours, &l, err);
	if (!ret)
		ret = vmsa_linux_map_mem(l);
	if (!ret)
		ret = ours.failed ? -ENOMEM
				  : verify_paging(c, l, &ours, how, err);
	vmsa_linux_destroy(l);
	free(ours.v);
	return ret;
}
