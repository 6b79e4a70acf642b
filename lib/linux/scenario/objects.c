/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * objects.c - what the statements of a script have made, by name
 *
 * A handful, so a list.  Making or dropping one moves others: a pointer to an
 * object holds until then.
 */
#include "linux/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grow.h"

struct object *vmsa_object_find(struct runner *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!strcmp(r->v[i].name, name))
			return &r->v[i];
	}
	return NULL;
}

struct object *vmsa_object_get(struct runner *r, const char *name,
			       enum object_kind kind)
{
	static const char *const kinds[] = {
		[OBJECT_AREA] = "an area",
		[OBJECT_MODULE] = "a module",
		[OBJECT_BPF] = "a BPF program",
		[OBJECT_SECRET] = "secret memory",
	};
	struct object *o = vmsa_object_find(r, name);

	if (!o)
		bad(r, "nothing has the name '%s'", name);
	else if (o->kind != kind)
		bad(r, "'%s' is not %s", name, kinds[kind]);
	else
		return o;
	return NULL;
}

struct object *vmsa_object_new(struct runner *r, const char *name,
			       enum object_kind kind)
{
	struct object *v;

	if (vmsa_object_find(r, name)) {
		bad(r, "there is a '%s' already", name);
		return NULL;
	}
	v = vmsa_grown(r->v, r->n, &r->room, sizeof(*v));
	if (!v) {
		bad(r, "no memory is left");
		return NULL;
	}
	r->v = v;
	r->v[r->n] = (struct object){ .name = strdup(name), .kind = kind };
	if (!r->v[r->n].name) {
		bad(r, "no memory is left");
		return NULL;
	}
	return &r->v[r->n++];
}

/* The last one takes its place. */
void vmsa_object_drop(struct runner *r, struct object *o)
{
	free(o->name);
	*o = r->v[--r->n];
}

/* Only the names: what they stand for goes with the system. */
void vmsa_objects_forget(struct runner *r)
{
	while (r->n)
		vmsa_object_drop(r, r->v);
	free(r->v);
	r->v = NULL;
	r->room = 0;
}
