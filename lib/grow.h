/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMSA_LIB_GROW_H
#define VMSA_LIB_GROW_H
/*
 * grow.h - room for one more element of an array
 */
#include <stddef.h>
#include <stdlib.h>

/**
 * vmsa_grown() - an array with room for one more element.
 * @v:    the array, NULL at first
 * @n:    elements in use
 * @room: elements there is room for; 0 at first
 * @size: bytes of an element
 *
 * Return: the array, moved perhaps; NULL if memory ran out: @v stays as it is.
 */
static inline void *vmsa_grown(void *v, size_t n, size_t *room, size_t size)
{
	const size_t more = *room ? 2 * *room : 8;

	if (n < *room)
		return v;
	v = realloc(v, more * size);
	if (v)
		*room = more;
	return v;
}

#endif /* VMSA_LIB_GROW_H */
