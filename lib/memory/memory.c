/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Host huge pages are 2 MiB where it matters (x86-64, arm64 with 4K pages). */
#define HUGE_PAGE (UINT64_C(2) << 20)

static int map_bank(const struct vmsa_memory *m, struct bank *b)
{
	size_t skip;

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

static bool bank_is_sound(const struct vmsa_memory *m, struct vmsa_range r)
{
	const uint64_t mask = (UINT64_C(1) << m->granule_shift) - 1;

	return r.size && !((r.start | r.size) & mask) &&
	       r.start + r.size > r.start;
}

static int add_bank(struct vmsa_memory *m, struct vmsa_range r)
{
	struct bank *banks, new = { .start = r.start, .size = r.size };
	size_t at = 0;
	int ret;

	if (!bank_is_sound(m, r))
		return -EINVAL;
	for (size_t i = 0; i < m->nr_banks; i++) {
		const struct bank *b = &m->banks[i];

		if (r.start < b->start + b->size && b->start < r.start + r.size)
			return -EINVAL;
		if (b->start > r.start)
			at = i + 1;
	}
	banks = realloc(m->banks, (m->nr_banks + 1) * sizeof(*banks));
	if (!banks)
		return -ENOMEM;
	m->banks = banks;
	ret = map_bank(m, &new);
	if (ret)
		return ret;
	memmove(banks + at + 1, banks + at,
		(m->nr_banks - at) * sizeof(*banks));
	banks[at] = new;
	m->nr_banks++;
	return 0;
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
	if (m->nr_banks)
		m->cursor = m->banks[0].start + m->banks[0].size;
	*out = m;
	return 0;
}

void vmsa_memory_destroy(struct vmsa_memory *memory)
{
	if (!memory)
		return;
	for (size_t i = 0; i < memory->nr_banks; i++)
		munmap(memory->banks[i].map, memory->banks[i].map_size);
	free(memory->banks);
	free(memory->reserved.v);
	free(memory);
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
	last = vmsa_memory_host(memory, range.start + (range.size - 1));
	if (!p || !last || last - p != (ptrdiff_t)(range.size - 1))
		return -EFAULT;
	/* Rewrite one byte per page: keeps contents, faults the page in. */
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
