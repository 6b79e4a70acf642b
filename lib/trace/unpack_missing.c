/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unpack_missing.c - a build without libarchive
 */
#include "trace/unpack.h"

bool vmsa_unpack_is_available(void)
{
	return false;
}

struct vmsa_unpack *vmsa_unpack_create(vmsa_unpack_read_fn read, void *arg)
{
	(void)read;
	(void)arg;
	return NULL;
}

void vmsa_unpack_destroy(struct vmsa_unpack *u)
{
	(void)u;
}

int vmsa_unpack_read(struct vmsa_unpack *u, void *out, size_t room, size_t *got)
{
	(void)u;
	(void)out;
	(void)room;
	*got = 0;
	return 0;
}

const char *vmsa_unpack_fault(const struct vmsa_unpack *u)
{
	(void)u;
	return "";
}
