/* SPDX-License-Identifier: BSD-2-Clause */
#include "plain.h"

#include <string.h>

#include "replay/sys.h"
#include "support/vmsa_test.h"

#define IMAGE_AWAY (UINT64_C(1) << 38)

static int walk(void *arg, struct vmsa_tlb_walk *w)
{
	struct plain *p = arg;

	if (p->region == VMSA_TLB_LINEAR)
		return p->config.linear.walk(p->config.linear.arg, w);
	vmsa_overlay_walk(&p->overlay, w);
	return 0;
}

void plain_init(struct plain *p, const struct vmsa_replay_config *config)
{
	const struct vmsa_tlb_walker walker = { .walk = walk, .arg = p };
	const unsigned granule = config->tlb.granule_shift;
	unsigned stride = granule - 3;

	memset(p, 0, sizeof(*p));
	p->config = *config;
	assert_int_equal(vmsa_tlb_create(&config->tlb, &walker, &p->tlb), 0);
	assert_int_equal(vmsa_placement_init(&p->placement, config), 0);
	p->overlay.granule_shift = granule;
	p->overlay.start_level =
		(int8_t)(4 - (int)((48 - granule + stride - 1) / stride));
	memset(p->slot, 0xff, sizeof(p->slot));
}

/* --- addresses ---------------------------------------------------------- */

static bool place(struct plain *p, uint64_t page, vmsa_va *va)
{
	const struct vmsa_trace_machine *m = &p->config.recorded;
	vmsa_pa pa = (page << 12) - m->linear_base + m->phys_base;
	uint64_t offset = pa - m->phys_base, before = 0;
	bool found = m->banks == 0;

	for (unsigned i = 0; i < m->banks && !found; i++) {
		found = pa >= m->ram[i].start &&
			pa - m->ram[i].start < m->ram[i].size;
		offset = before + (pa - m->ram[i].start);
		before += m->ram[i].size;
	}
	if (!found || !vmsa_placement_find(&p->placement, offset, &pa))
		return false;
	*va = p->config.linear_base + (pa - p->config.phys_base);
	return true;
}

static bool within(const struct vmsa_range *r, vmsa_va va)
{
	return va >= r->start && va - r->start < r->size;
}

static bool address(struct plain *p, const struct vmsa_trace_record *rec,
		    vmsa_va *va)
{
	const struct vmsa_trace_machine *m = &p->config.recorded;
	const bool user = rec->region == VMSA_TRACE_USER;

	*va = rec->page << 12;
	p->region = user ? VMSA_TLB_USER : VMSA_TLB_OTHER;
	p->overlay.user = user;
	p->overlay.asid = p->asid;
	p->overlay.two_mib = within(&m->vmemmap, *va);
	if (rec->region == VMSA_TRACE_LINEAR) {
		p->region = VMSA_TLB_LINEAR;
		return place(p, rec->page, va);
	}
	if (!user && within(&m->image, *va)) {
		p->region = VMSA_TLB_IMAGE;
		p->overlay.two_mib = true;
		*va ^= IMAGE_AWAY;
	}
	return true;
}

/* --- records ------------------------------------------------------------ */

static unsigned entries(const struct plain *p, int side)
{
	return side == VMSA_TLB_DATA ? p->config.data_filter
				     : p->config.fetch_filter;
}

static void rotate(struct plain *p, enum vmsa_tlb_side side, unsigned victim)
{
	uint32_t *slots = p->slot[side], gone = slots[victim];
	unsigned i = victim;

	assert_true(victim < entries(p, side));
	for (; i + 1 < entries(p, side); i++)
		slots[i] = slots[i + 1];
	slots[i] = VMSA_TLB_NO_SLOT;
	if (gone != VMSA_TLB_NO_SLOT)
		vmsa_tlb_release(p->tlb, side, gone);
}

static void use(struct plain *p, const struct vmsa_trace_record *rec)
{
	struct vmsa_tlb_access a = {
		.asid = p->asid,
		.side = rec->kind == VMSA_TRACE_DATA ? VMSA_TLB_DATA
						     : VMSA_TLB_FETCH,
		.write = rec->write,
	};
	const bool filtered = rec->victim != VMSA_TRACE_NO_VICTIM;
	struct vmsa_tlb_answer answer;

	if (filtered)
		rotate(p, a.side, rec->victim);
	if (rec->state && rec->page == VMSA_TRACE_NO_PAGE)
		return;
	if (!address(p, rec, &a.va)) {
		p->unplaced += 1 + rec->accesses;
		return;
	}
	a.region = p->region;
	if (p->config.cpi)
		vmsa_tlb_set_time(p->tlb, rec->insn * p->config.cpi / 1000);
	assert_int_equal(vmsa_tlb_access(p->tlb, &a, &answer), 0);
	vmsa_tlb_hit_more(p->tlb, &a, rec->accesses);
	p->last = rec->insn;
	if (!filtered || answer.slot == VMSA_TLB_NO_SLOT)
		return;
	p->slot[a.side][entries(p, a.side) - 1] = answer.slot;
	assert_int_equal(vmsa_tlb_hold(p->tlb, a.side, answer.slot), 0);
}

static void invalidate(struct plain *p, const struct vmsa_trace_record *rec)
{
	struct vmsa_tlbi tlbi;

	for (int side = 0; side < VMSA_TLB_NR_SIDES; side++)
		for (unsigned i = 0; i < entries(p, side); i++)
			rotate(p, (enum vmsa_tlb_side)side, 0);
	p->tlbis++;
	if (vmsa_replay_tlbi(rec->a, rec->b, &tlbi))
		assert_int_equal(vmsa_tlb_invalidate(p->tlb, &tlbi), 0);
}

static void start_counting(struct plain *p, const struct vmsa_trace_record *rec)
{
	if (rec->state)
		p->counted = rec->insn;
	if (p->counting || rec->state || rec->insn < p->config.warmup)
		return;
	vmsa_tlb_reset_stats(p->tlb);
	p->records = p->tlbis = p->unplaced = 0;
	p->counting = true;
	if (p->counted < p->config.warmup)
		p->counted = p->config.warmup;
}

void plain_feed(struct plain *p, const struct vmsa_trace_record *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		start_counting(p, &r[i]);
		p->records++;
		if (r[i].kind == VMSA_TRACE_DATA ||
		    (r[i].kind == VMSA_TRACE_FETCH && p->config.fetch))
			use(p, &r[i]);
		else if (r[i].kind == VMSA_TRACE_TTBR1)
			p->asid = (uint16_t)(r[i].a >> 48);
		else if (r[i].kind == VMSA_TRACE_TLBI)
			invalidate(p, &r[i]);
	}
}

void plain_finish(struct plain *p, struct vmsa_replay_result *out)
{
	memset(out, 0, sizeof(*out));
	if (p->counting) {
		out->instructions =
			p->last > p->counted ? p->last - p->counted : 0;
		out->records = p->records;
		out->tlbis = p->tlbis;
		out->unplaced = p->unplaced;
		vmsa_tlb_stats(p->tlb, &out->stats);
	}
	vmsa_tlb_destroy(p->tlb);
	vmsa_placement_fini(&p->placement);
}
