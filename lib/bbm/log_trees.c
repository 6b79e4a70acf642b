/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_trees.c - trees of tables, their locks and ids in casemate's traces
 *
 * Beside break-before-make casemate demands that whoever writes to a tree
 * holds its lock, that plain writes of one holder are apart by a DSB, and that
 * no two trees share a VMID.
 */
#include <errno.h>
#include <stdlib.h>

#include "bbm/log_sexp.h"

#define NO_PLACE  UINT64_MAX
#define NO_TABLES UINT32_MAX
#define PAGE_MASK UINT64_C(0xfff)

/* What casemate takes for granted: 4K granule, four levels. */
#define VA_BITS 48

static struct vmsa_geometry geometry(void)
{
	struct vmsa_geometry g = { 0 };

	vmsa_geometry_init(&g, 12, VA_BITS, VMSA_FORMAT_48);
	return g;
}

/* --- places -------------------------------------------------------------- */

static size_t home(const struct sexp *s, vmsa_pa pa)
{
	return (pa >> 12) * UINT64_C(0x9e3779b97f4a7c15) >> 32 &
	       (s->room_places - 1);
}

static struct place *find_place(const struct sexp *s, vmsa_pa pa)
{
	if (!s->nr_places)
		return NULL;
	for (size_t i = home(s, pa); s->place[i].pa != NO_PLACE;
	     i = (i + 1) & (s->room_places - 1)) {
		if (s->place[i].pa == pa)
			return &s->place[i];
	}
	return NULL;
}

/* A page of a tree that was not released. */
static struct place *find_live(const struct sexp *s, vmsa_pa pa)
{
	struct place *p = find_place(s, pa);

	return p && p->tables != NO_TABLES ? p : NULL;
}

static void put_place(struct sexp *s, const struct place *p)
{
	size_t i = home(s, p->pa);

	while (s->place[i].pa != NO_PLACE)
		i = (i + 1) & (s->room_places - 1);
	s->place[i] = *p;
}

static int grow_places(struct sexp *s)
{
	const size_t n = s->room_places, room = n ? 2 * n : 64;
	struct place *old = s->place, *place = malloc(room * sizeof(*place));

	if (!place)
		return -ENOMEM;
	for (size_t i = 0; i < room; i++)
		place[i] =
			(struct place){ .pa = NO_PLACE, .tables = NO_TABLES };
	s->place = place;
	s->room_places = room;
	for (size_t i = 0; i < n; i++) {
		if (old[i].pa != NO_PLACE)
			put_place(s, &old[i]);
	}
	free(old);
	return 0;
}

static int set_place(struct sexp *s, const struct place *p)
{
	struct place *known = find_place(s, p->pa);

	if (known) {
		*known = *p;
		return 0;
	}
	if (2 * s->nr_places >= s->room_places && grow_places(s))
		return -ENOMEM;
	put_place(s, p);
	s->nr_places++;
	return 0;
}

/* A page and all that is below it are in a tree now. */
static int enter(struct vmsa_log *log, const struct place *p)
{
	const struct vmsa_geometry g = geometry();
	struct place child = { .tables = p->tables,
			       .level = (int8_t)(p->level + 1) };
	int rc = set_place(log->sexp, p);
	vmsa_desc desc;

	for (unsigned i = 0; i < 512 && !rc && p->level < 3; i++) {
		vmsa_shadow_read(&log->shadow, p->pa + i * sizeof(desc), &desc);
		if (vmsa_desc_type(&g, p->level, desc) != VMSA_DESC_TYPE_TABLE)
			continue;
		child.pa = vmsa_desc_oa(&g, desc);
		child.va = p->va + i * vmsa_level_span(&g, p->level);
		/* A table that leads to itself would be entered for ever. */
		if (child.pa != p->pa)
			rc = enter(log, &child);
	}
	return rc;
}

void vmsa_trees_free(struct sexp *s)
{
	free(s->place);
	free(s->root);
	free(s->held);
}

/* --- findings ------------------------------------------------------------ */

static int complain(struct vmsa_log *log, const struct record *r,
		    enum vmsa_check_rule rule, vmsa_pa at)
{
	struct vmsa_log_item item = { .kind = VMSA_LOG_FINDING,
				      .source = r->source };

	item.u.finding = (struct vmsa_check_finding){ .rule = rule, .at = at };
	item.u.finding.here.pe = (uint16_t)r->tid;
	return vmsa_sexp_push(log, &item);
}

/* --- roots and locks ----------------------------------------------------- */

static struct root *find_root(const struct sexp *s, vmsa_pa pa)
{
	for (size_t i = 0; i < s->nr_roots; i++) {
		if (s->root[i].pa == pa)
			return &s->root[i];
	}
	return NULL;
}

static struct root *root_of(struct sexp *s, vmsa_pa pa)
{
	struct root *known = find_root(s, pa);
	struct root *grown;

	if (known)
		return known;
	grown = realloc(s->root, (s->nr_roots + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	s->root = grown;
	grown[s->nr_roots] = (struct root){ .pa = pa };
	return &grown[s->nr_roots++];
}

static struct held *find_held(const struct sexp *s, vmsa_pa lock)
{
	for (size_t i = 0; i < s->nr_held; i++) {
		if (s->held[i].lock == lock)
			return &s->held[i];
	}
	return NULL;
}

int vmsa_trees_lock(struct vmsa_log *log, const struct record *r, bool take)
{
	struct sexp *s = log->sexp;
	struct held *h = find_held(s, r->address);

	if (!take) {
		if (!h || h->tid != r->tid)
			return complain(log, r, VMSA_CHECK_LOCK, r->address);
		*h = s->held[--s->nr_held];
		return 0;
	}
	if (h)
		return complain(log, r, VMSA_CHECK_LOCK, r->address);
	h = realloc(s->held, (s->nr_held + 1) * sizeof(*h));
	if (!h)
		return -ENOMEM;
	s->held = h;
	h[s->nr_held++] = (struct held){ .lock = r->address,
					 .tid = (uint16_t)r->tid,
					 .may_plain = true };
	return 0;
}

void vmsa_trees_dsb(struct vmsa_log *log, const struct record *r)
{
	struct sexp *s = log->sexp;

	for (size_t i = 0; i < s->nr_held; i++) {
		if (s->held[i].tid == r->tid)
			s->held[i].may_plain = true;
	}
}

/* --- writes -------------------------------------------------------------- */

/* Whoever writes holds the lock of the tree. */
static int judge_writer(struct vmsa_log *log, const struct record *r,
			const struct place *p)
{
	const bool plain = !vmsa_piece_is(r->order, "release");
	struct sexp *s = log->sexp;
	const struct root *root = NULL;
	struct held *h;

	for (size_t i = 0; i < s->nr_roots && !root; i++) {
		if (s->root[i].introduced && s->root[i].tables == p->tables)
			root = &s->root[i];
	}
	h = root && root->lock ? find_held(s, root->lock) : NULL;
	if (!h || h->tid != r->tid)
		return complain(log, r, VMSA_CHECK_LOCK, r->address);
	if (plain && !h->may_plain)
		return complain(log, r, VMSA_CHECK_PLAIN, r->address);
	if (plain)
		h->may_plain = false;
	return 0;
}

static int push_store(struct vmsa_log *log, const struct record *r,
		      const struct place *p, vmsa_pa at, vmsa_desc desc)
{
	const struct vmsa_geometry g = geometry();
	struct vmsa_log_item item = { .kind = VMSA_LOG_EVENT,
				      .tables = p->tables,
				      .source = r->source };
	struct vmsa_event *e = &item.u.event;

	*e = (struct vmsa_event){ .kind = VMSA_EVENT_STORE,
				  .pe = (uint16_t)r->tid,
				  .level = p->level };
	e->u.store.at = at;
	e->u.store.va = p->va + (at & PAGE_MASK) / sizeof(desc) *
					vmsa_level_span(&g, p->level);
	vmsa_shadow_read(&log->shadow, at, &e->u.store.old);
	e->u.store.desc = desc;
	e->u.store.count = 1;
	return vmsa_sexp_push(log, &item);
}

int vmsa_trees_write(struct vmsa_log *log, const struct record *r, vmsa_pa at,
		     vmsa_desc desc)
{
	const struct vmsa_geometry g = geometry();
	const struct place *known = find_live(log->sexp, at & ~PAGE_MASK);
	struct place p, child;
	vmsa_desc *memory;
	int rc = 0;

	if (at & 7)
		return -EINVAL;
	if (known) {
		p = *known;
		rc = judge_writer(log, r, &p);
		if (!rc)
			rc = push_store(log, r, &p, at, desc);
	}
	/* Memory is kept of pages in no tree, too: they may become a table. */
	memory = vmsa_shadow_at(&log->shadow, at);
	if (rc || !memory)
		return rc ? rc : -ENOMEM;
	*memory = desc;
	if (!known || vmsa_desc_type(&g, p.level, desc) != VMSA_DESC_TYPE_TABLE)
		return 0;
	child = (struct place){
		.pa = vmsa_desc_oa(&g, desc),
		.va = p.va + (at & PAGE_MASK) / sizeof(desc) *
				     vmsa_level_span(&g, p.level),
		.tables = p.tables,
		.level = (int8_t)(p.level + 1),
	};
	return enter(log, &child);
}

/* --- registers and hints ------------------------------------------------- */

static int introduce(struct vmsa_log *log, struct root *root,
		     const struct record *r)
{
	const struct vmsa_check_tables tables = { .geometry = geometry(),
						  .root = root->pa,
						  .regime = root->regime,
						  .vmid = root->id };
	const struct place p = { .pa = root->pa, .tables = log->nr_tables };
	struct vmsa_log_item item = { .source = r->source };
	int rc;

	if (log->nr_tables == MAX_LOG_TABLES)
		return -EINVAL;
	rc = vmsa_log_add_tables(log, log->nr_tables, &tables, &item);
	if (rc < 0)
		return rc;
	root->tables = item.tables;
	root->introduced = true;
	rc = vmsa_sexp_push(log, &item);
	return rc ? rc : enter(log, &p);
}

/* Two trees of one id at a time, or one tree under two. */
static bool is_id_taken(const struct sexp *s, const struct root *root,
			uint16_t id, enum vmsa_check_regime regime)
{
	if (root->loaded)
		return root->id != id;
	for (size_t i = 0; i < s->nr_roots; i++) {
		const struct root *other = &s->root[i];

		if (other != root && other->loaded && other->id == id &&
		    other->regime == regime)
			return true;
	}
	return false;
}

int vmsa_trees_load(struct vmsa_log *log, const struct record *r, bool stage2)
{
	struct sexp *s = log->sexp;
	const uint16_t id = (uint16_t)(r->value >> 48);
	struct root *root = root_of(s, r->value & VMSA_BITS(47, 12));
	const enum vmsa_check_regime regime =
		stage2 ? VMSA_CHECK_STAGE2 : VMSA_CHECK_EL2;
	bool taken;
	int rc = 0;

	if (!root)
		return -ENOMEM;
	/* EL2 has no ASID: the field is reserved. */
	taken = is_id_taken(s, root, id, regime) || (!stage2 && id);
	if (!root->loaded) {
		root->id = id;
		root->regime = regime;
		root->loaded = true;
	}
	if (!root->introduced)
		rc = introduce(log, root, r);
	if (!rc && taken)
		rc = complain(log, r, VMSA_CHECK_ID, root->pa);
	s->thread[r->tid].tables[stage2 ? 1 : 0] = root->tables + 1;
	return rc;
}

/* A page leaves its tree for good: what was a table is memory again. */
int vmsa_trees_release(struct vmsa_log *log, const struct record *r, vmsa_pa pa)
{
	struct sexp *s = log->sexp;
	struct root *root = find_root(s, pa);
	struct place *p = find_live(s, pa);
	struct vmsa_log_item item = { .kind = VMSA_LOG_EVENT,
				      .source = r->source };

	if (root) {
		/* All of the tree, which is walked no more. */
		for (size_t i = 0; i < s->room_places && p; i++) {
			if (s->place[i].tables == root->tables)
				s->place[i].tables = NO_TABLES;
		}
		root->loaded = false;
		root->introduced = false;
		return 0;
	}
	if (!p)
		return 0;
	item.tables = p->tables;
	item.u.event = (struct vmsa_event){ .kind = VMSA_EVENT_TABLE_FREE,
					    .pe = (uint16_t)r->tid,
					    .level = p->level };
	item.u.event.u.table.pa = pa;
	p->tables = NO_TABLES;
	return vmsa_sexp_push(log, &item);
}

int vmsa_trees_hint(struct vmsa_log *log, const struct record *r)
{
	struct root *root;

	if (vmsa_piece_is(r->kind, "set_root_lock")) {
		root = root_of(log->sexp, r->location);
		if (!root)
			return -ENOMEM;
		root->lock = r->value;
		return 0;
	}
	if (vmsa_piece_is(r->kind, "release_table") ||
	    (vmsa_piece_is(r->kind, "set_owner_root") && !r->value))
		return vmsa_trees_release(log, r, r->location);
	return 0;
}
