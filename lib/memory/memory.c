/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory.c - banks of simulated memory over a sparse host mapping
 *
 *     simulated     |--- bank 0 ---|   hole   |------ bank 1 ------|
 *                    host mapping              host mapping
 *
 * Each bank is one anonymous mapping that the host may overcommit: address
 * space is taken at once, memory only as frames are touched.  So opening
 * terabytes costs nothing, and a frame never used reads as zero, which the
 * allocator relies on (alloc.c).
 *
 * Readers run beside the one writer without locks.  What they hold is never
 * changed under them: hotplug publishes a new list of banks, and banks are
 * unmapped by vmsa_memory_destroy() only.
 */
#include "memory/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Host huge pages are 2 MiB where it matters (x86-64, arm64 with 4K pages). */
#define HUGE_PAGE (UINT64_C(2) << 20)

/*
 * Back a bank by host memory, so placed that a host huge page never straddles
 * two simulated ones: the mapping is a huge page longer than the bank, and the
 * bank starts inside it at the simulated address modulo 2 MiB.
 */
static int map_bank(const struct vmsa_memory *m, struct vmsa_host_bank *b)
{
	size_t skip;

	/* A 32-bit host, or a bank that cannot be: no mapping is that large. */
	if (b->size > SIZE_MAX - HUGE_PAGE)
		return -ENOMEM;
	b->map_size = b->size + HUGE_PAGE;
	b->map = mmap(NULL, b->map_size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (b->map == MAP_FAILED) {
		b->map = NULL;
		return -ENOMEM;
	}
	/* Same offset in a huge page on both sides. */
	skip = (b->start - (uintptr_t)b->map) & (HUGE_PAGE - 1);
	b->host = (unsigned char *)b->map + skip;
#ifdef MADV_HUGEPAGE
	/* Only a wish: small pages work as well. */
	madvise(b->map, b->map_size,
		m->huge_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#else
	(void)m;
#endif
	return 0;
}

/*
 * Whole granules, at least one, and no wrap around the top of the address
 * space.
 */
static bool bank_is_sound(const struct vmsa_memory *m, struct vmsa_range r)
{
	const uint64_t mask = (UINT64_C(1) << m->granule_shift) - 1;

	return r.size && !((r.start | r.size) & mask) &&
	       r.start + r.size > r.start;
}

/* Where a bank belongs in a list, highest first; -1 if it overlaps one. */
static int place_bank(const struct vmsa_bank_list *list, struct vmsa_range r)
{
	int at = 0;

	for (size_t i = 0; list && i < list->n; i++) {
		const struct vmsa_host_bank *b = &list->v[i];

		if (r.start < b->start + b->size && b->start < r.start + r.size)
			return -1;
		if (b->start > r.start)
			at = (int)i + 1;
	}
	return at;
}

/* Readers may be in the old list: a new one takes its place in one store. */
static int publish_bank(struct vmsa_memory *m, const struct vmsa_host_bank *new,
			size_t at)
{
	struct vmsa_bank_list *old = m->banks;
	const size_t n = old ? old->n : 0;
	struct vmsa_bank_list *list =
		malloc(sizeof(*list) + (n + 1) * sizeof(list->v[0]));

	if (!list)
		return -ENOMEM;
	if (old) {
		memcpy(list->v, old->v, at * sizeof(list->v[0]));
		memcpy(list->v + at + 1, old->v + at,
		       (n - at) * sizeof(list->v[0]));
	}
	list->v[at] = *new;
	list->n = n + 1;
	list->older = old;
	__atomic_store_n(&m->banks, list, __ATOMIC_RELEASE);
	return 0;
}

/* Check, map, publish, in that order: what fails leaves no trace. */
static int add_bank(struct vmsa_memory *m, struct vmsa_range r)
{
	struct vmsa_host_bank new = { .start = r.start, .size = r.size };
	int at, ret;

	if (!bank_is_sound(m, r))
		return -EINVAL;
	at = place_bank(m->banks, r);
	if (at < 0)
		return -EINVAL;
	ret = map_bank(m, &new);
	if (ret)
		return ret;
	ret = publish_bank(m, &new, (size_t)at);
	if (ret)
		munmap(new.map, new.map_size);
	return ret;
}

/*
 * Boot begins: frames come from the top of the highest bank, which from now on
 * is the main one.  Memory plugged in later may lie higher, but it was not
 * there when the tables of boot were made, so the short cut stays on this bank.
 */
static void start_at_the_top(struct vmsa_memory *m)
{
	const struct vmsa_host_bank *top = m->banks->v;

	m->main_start = top->start;
	m->main_size = top->size;
	m->main_host = top->host;
	m->cursor = m->floor = top->start + top->size;
}

int vmsa_memory_create(const struct vmsa_memory_config *config,
		       struct vmsa_memory **out)
{
	struct vmsa_memory *m;
	int ret = 0;

	if (config->granule_shift != 12 && config->granule_shift != 14 &&
	    config->granule_shift != 16)
		return -EINVAL;
	if (!config->ops && !config->nr_banks)
		return -EINVAL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->granule_shift = config->granule_shift;
	m->huge_pages = config->huge_pages;
	m->free_list = ~UINT64_C(0);
	if (config->ops)
		m->ops = *config->ops;
	for (size_t i = 0; !config->ops && !ret && i < config->nr_banks; i++) {
		const struct vmsa_range *b = &config->banks[i];

		ret = i && b->start < b[-1].start ? -EINVAL : add_bank(m, *b);
	}
	if (ret) {
		vmsa_memory_destroy(m);
		return ret;
	}
	if (m->banks)
		start_at_the_top(m);
	*out = m;
	return 0;
}

void vmsa_memory_destroy(struct vmsa_memory *memory)
{
	struct vmsa_bank_list *list;

	if (!memory)
		return;
	list = memory->banks;
	for (size_t i = 0; list && i < list->n; i++)
		munmap(list->v[i].map, list->v[i].map_size);
	/* Old lists share their banks with the last one: only the lists go. */
	while (list) {
		struct vmsa_bank_list *older = list->older;

		free(list);
		list = older;
	}
	free(memory->reserved.v);
	free(memory);
}

/*
 * A handful of banks, so a scan from the top is as good as anything.  Below a
 * bank's start the difference wraps and is too large: one compare does both
 * ends.
 */
void *vmsa_memory_search(const struct vmsa_memory *m, vmsa_pa pa)
{
	const struct vmsa_bank_list *list;

	if (m->ops.frame)
		return m->ops.frame(m->ops.arg, pa);
	list = __atomic_load_n(&m->banks, __ATOMIC_ACQUIRE);
	for (size_t i = 0; i < list->n; i++) {
		const struct vmsa_host_bank *b = &list->v[i];

		if (pa - b->start < b->size)
			return b->host + (pa - b->start);
	}
	return NULL;
}

unsigned vmsa_memory_granule_shift(const struct vmsa_memory *memory)
{
	return memory->granule_shift;
}

void *vmsa_memory_frame(const struct vmsa_memory *memory, vmsa_pa pa)
{
	return vmsa_memory_host(memory, pa);
}

int vmsa_memory_read(const struct vmsa_memory *memory, vmsa_pa at,
		     vmsa_desc *out)
{
	const vmsa_desc *p = vmsa_memory_host(memory, at);

	/* A descriptor is read whole only where it is aligned. */
	if (!p || at & 7)
		return -EFAULT;
	*out = __atomic_load_n(p, __ATOMIC_RELAXED);
	return 0;
}

int vmsa_memory_add(struct vmsa_memory *memory, struct vmsa_range bank)
{
	return memory->ops.frame ? -EINVAL : add_bank(memory, bank);
}

int vmsa_memory_prefault(struct vmsa_memory *memory, struct vmsa_range range)
{
	unsigned char *p = vmsa_memory_host(memory, range.start);
	const unsigned char *last;

	if (!range.size)
		return 0;
	/* Both ends in one bank, exactly as far apart as their addresses. */
	last = vmsa_memory_host(memory, range.start + (range.size - 1));
	if (!p || !last || last - p != (ptrdiff_t)(range.size - 1))
		return -EFAULT;
	/*
	 * Rewrite one byte of each host page, 4096 bytes at least: a read would
	 * only map the host's page of zeroes.  Contents stay.
	 */
	for (uint64_t i = 0; i < range.size; i += 4096)
		*(volatile unsigned char *)(p + i) =
			*(volatile unsigned char *)(p + i);
	return 0;
}

void vmsa_memory_stats(const struct vmsa_memory *memory,
		       struct vmsa_memory_stats *out)
{
	*out = memory->stats;
}
