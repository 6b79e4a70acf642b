/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf.c - BPF programs, trampolines and kprobes: code made at run time (8.7)
 *
 * JIT-compiled programs share packs, which are made read-only and executable
 * once, so that one more program changes no permission at all.  A pack is
 * the largest change of permissions there is, 512 pages a node (4K) that were
 * taken one by one, so that their aliases may lie anywhere.
 */
#include "linux/callers/callers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

/* Bytes of a pack for each node, and what programs are rounded to. */
#define PACK_BYTES  (UINT64_C(2) << 20)
#define CHUNK_BYTES UINT64_C(64)

void vmsa_linux_set_nodes(struct vmsa_linux *sys, unsigned nodes)
{
	sys->nodes = nodes;
}

/* An area for code; it is freed again if a permission cannot be set. */
static int make_code(struct vmsa_linux *l, uint64_t pages,
		     enum vmsa_linux_protection prot, enum vmsa_set_memory set,
		     const struct vmsa_linux_area **out)
{
	const struct vmsa_linux_area_want want = {
		.pages = pages,
		.flags = VMSA_AREA_ALLOC | VMSA_AREA_RESET_PERMS,
		.prot = prot,
		.start = VMSA_NO_PA,
	};
	const struct vmsa_linux_area *a;
	int ret;

	ret = vmsa_linux_vmalloc(l, &want, &a);
	if (ret)
		return ret;
	ret = vmsa_linux_set_memory(l, set, a->va, pages);
	if (ret)
		vmsa_linux_vfree(l, a);
	else
		*out = a;
	return ret;
}

/* --- packs --------------------------------------------------------------- */

/*
 * A pack of at least @size bytes, made executable before anything is in it:
 * programs are written through other mappings later.
 */
static int make_pack(struct vmsa_linux *l, uint64_t size, struct pack *out)
{
	const uint64_t page = vmsa_linux_page_size(l);
	const uint64_t pages = (size + page - 1) >> l->kernel.granule_shift;
	struct pack p = { .chunks = (pages * page) / CHUNK_BYTES };
	int ret;

	p.used = calloc(p.chunks, 1);
	if (!p.used)
		return -ENOMEM;
	ret = make_code(l, pages, VMSA_PAGE_KERNEL, VMSA_SET_ROX, &p.area);
	if (ret)
		free(p.used);
	else
		*out = p;
	return ret;
}

/* A new pack at the end of the list; NULL with the reason in *ret. */
static struct pack *add_pack(struct vmsa_linux *l, uint64_t size, int *ret)
{
	struct packs *all = &l->packs;
	struct pack *v = vmsa_grown(all->v, all->n, &all->room, sizeof(*v));

	*ret = -ENOMEM;
	if (!v)
		return NULL;
	all->v = v;
	*ret = make_pack(l, size, &all->v[all->n]);
	return *ret ? NULL : &all->v[all->n++];
}

/*
 * The lowest free run of @n chunks, or -1. First fit, as the kernel's bitmap
 * search.
 */
static int64_t find_run(const struct pack *p, uint64_t n)
{
	uint64_t run = 0;

	if (p->chunks - p->taken < n)
		return -1;
	for (uint64_t i = 0; i < p->chunks; i++) {
		run = p->used[i] ? 0 : run + 1;
		if (run == n)
			return (int64_t)(i + 1 - n);
	}
	return -1;
}

/* Hand out @n chunks from chunk @at of a pack. */
static void take(struct pack *p, uint64_t at, uint64_t n,
		 struct vmsa_linux_bpf *out)
{
	memset(p->used + at, 1, n);
	p->taken += n;
	*out = (struct vmsa_linux_bpf){ p->area, at * CHUNK_BYTES,
					n * CHUNK_BYTES };
}

/*
 * Into the first pack with room, else into a new one.  A program too large for
 * a pack gets one of its own size, which nobody else will fit into unless it is
 * small.
 */
static int load(struct vmsa_linux *l, uint64_t size, struct vmsa_linux_bpf *out)
{
	const uint64_t pack = PACK_BYTES * l->nodes;
	const uint64_t n = (size + CHUNK_BYTES - 1) / CHUNK_BYTES;
	struct pack *p;
	int ret;

	for (size_t i = 0; size <= pack && i < l->packs.n; i++) {
		const int64_t at = find_run(&l->packs.v[i], n);

		if (at < 0)
			continue;
		take(&l->packs.v[i], (uint64_t)at, n, out);
		return 0;
	}
	p = add_pack(l, size <= pack ? pack : size, &ret);
	if (p)
		take(p, 0, n, out);
	return ret;
}

int vmsa_linux_bpf_load(struct vmsa_linux *sys, uint64_t size,
			struct vmsa_linux_bpf *out)
{
	int ret;

	/* Sizes that no address space holds would overflow below. */
	if (!size || size > UINT64_C(1) << 48)
		return -EINVAL;
	vmsa_space_begin(sys->space, "bpf_load");
	ret = load(sys, size, out);
	vmsa_space_end(sys->space, "bpf_load");
	return ret;
}

/*
 * The last program is gone.  Areas are found by address, so the order of packs
 * may change.
 */
static void drop_pack(struct vmsa_linux *l, struct pack *p)
{
	vmsa_linux_vfree(l, p->area);
	free(p->used);
	*p = l->packs.v[--l->packs.n];
}

void vmsa_linux_bpf_unload(struct vmsa_linux *sys,
			   const struct vmsa_linux_bpf *program)
{
	const uint64_t n = program->size / CHUNK_BYTES;

	for (size_t i = 0; i < sys->packs.n; i++) {
		struct pack *p = &sys->packs.v[i];

		if (p->area != program->area)
			continue;
		memset(p->used + program->offset / CHUNK_BYTES, 0, n);
		p->taken -= n;
		if (!p->taken)
			drop_pack(sys, p);
		return;
	}
}

void vmsa_bpf_destroy(struct packs *packs)
{
	for (size_t i = 0; i < packs->n; i++)
		free(packs->v[i].used);
	free(packs->v);
}

/* --- pages of code ------------------------------------------------------- */

int vmsa_linux_bpf_interpreter(struct vmsa_linux *sys, uint64_t pages,
			       const struct vmsa_linux_area **out)
{
	return make_code(sys, pages, VMSA_PAGE_KERNEL, VMSA_SET_RO, out);
}

int vmsa_linux_bpf_trampoline(struct vmsa_linux *sys,
			      const struct vmsa_linux_area **out)
{
	return make_code(sys, 1, VMSA_PAGE_KERNEL, VMSA_SET_ROX, out);
}

/*
 * A PLT entry is rewritten: its page is writable for a moment, alias and all,
 * and read-only again.  If that second step fails it stays writable, as in the
 * kernel.
 */
int vmsa_linux_bpf_retarget(struct vmsa_linux *sys, vmsa_va addr)
{
	const vmsa_va page = addr & ~(vmsa_linux_page_size(sys) - 1);
	int ret;

	ret = vmsa_linux_set_memory(sys, VMSA_SET_RW, page, 1);
	return ret ? ret : vmsa_linux_set_memory(sys, VMSA_SET_RO, page, 1);
}

/* Mapped ROX already: the call is for the alias, and marks it for the reset. */
int vmsa_linux_kprobe_page(struct vmsa_linux *sys,
			   const struct vmsa_linux_area **out)
{
	return make_code(sys, 1, VMSA_PAGE_KERNEL_ROX, VMSA_SET_ROX, out);
}
