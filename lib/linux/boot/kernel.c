/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel.c - kernels people run, with the layout of their images
 *
 * Where text, rodata and data end decides which leaves the aliases get, so a
 * kernel without its image is only half described.  What is asked for and was
 * not measured gets the nearest that was: first the version counts, then the
 * kind of configuration.
 */
#include "linux/boot/boot.h"

#include <errno.h>

/*
 * Offsets from _text, from /proc/kallsyms of the running kernels.  Debian
 * builds 4K and 16K pages with 52-bit addresses; the others were built from
 * Debian's 7.3.4 source package with a small configuration.
 */
struct built_kernel {
	enum vmsa_linux_version version;
	uint8_t granule_shift;         /* an image fits its page size only */
	bool small;                    /* the configuration is not Debian's */
	struct vmsa_linux_image image; /* in the order of its members */
};

static const struct built_kernel kernels[] = {
	{ VMSA_LINUX_V6_12,
	  12,
	  false, /* Debian 6.12.107 arm64 */
	  { 0x10000, 0xf60000, 0x1d16000, 0x1d20000, 0x2030000, 0x24d59d0,
	    0x24f0000 } },
	{ VMSA_LINUX_V6_18,
	  12,
	  false, /* Debian 6.18.15 arm64 */
	  { 0x10000, 0x1170000, 0x218d000, 0x2190000, 0x2520000, 0x2a9a730,
	    0x2ab0000 } },
	{ VMSA_LINUX_V6_18,
	  14,
	  false, /* Debian 6.18.15 arm64-16k */
	  { 0x10000, 0x1170000, 0x21b8000, 0x21c0000, 0x2580000, 0x2b1a730,
	    0x2b40000 } },
	{ VMSA_LINUX_V7_3,
	  12,
	  false, /* Debian 7.3.4 arm64 */
	  { 0x10000, 0x12e0000, 0x26f9000, 0x2700000, 0x2b00000, 0x321e000,
	    0x3240000 } },
	{ VMSA_LINUX_V7_3,
	  14,
	  false, /* Debian 7.3.4 arm64-16k */
	  { 0x10000, 0x12e0000, 0x2728000, 0x2730000, 0x2b70000, 0x32a0000,
	    0x32d0000 } },
	{ VMSA_LINUX_V7_3,
	  12,
	  true, /* 7.3.4, 4K, VA 39 */
	  { 0x10000, 0x370000, 0x460000, 0x470000, 0x540000, 0x60e000,
	    0x620000 } },
	{ VMSA_LINUX_V7_3,
	  16,
	  true, /* 7.3.4, 64K */
	  { 0x10000, 0x390000, 0x560000, 0x570000, 0x720000, 0x810000,
	    0x890000 } },
};

/* Configurations Linux offers (1.1). */
static const struct {
	uint8_t granule_shift, va_bits;
} configurations[] = {
	{ 12, 39 }, { 12, 48 }, { 12, 52 }, { 14, 36 }, { 14, 47 },
	{ 14, 48 }, { 14, 52 }, { 16, 42 }, { 16, 48 }, { 16, 52 },
};

/* Kconfig has these pairs and no others. */
bool vmsa_linux_is_offered(unsigned granule_shift, unsigned va_bits)
{
	for (size_t i = 0;
	     i < sizeof(configurations) / sizeof(configurations[0]); i++) {
		if (configurations[i].granule_shift == granule_shift &&
		    configurations[i].va_bits == va_bits)
			return true;
	}
	return false;
}

/*
 * The kernel that was measured and is nearest to what is asked for; there is
 * one for each page size.
 */
static const struct built_kernel *nearest(enum vmsa_linux_version version,
					  unsigned granule_shift, bool small)
{
	const struct built_kernel *best = NULL;
	int best_score = -1;

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		const struct built_kernel *k = &kernels[i];
		const int score =
			2 * (k->version == version) + (k->small == small);

		if (k->granule_shift == granule_shift && score > best_score) {
			best = k;
			best_score = score;
		}
	}
	return best;
}

int vmsa_linux_kernel_default(enum vmsa_linux_version version,
			      unsigned granule_shift, unsigned va_bits,
			      struct vmsa_linux_kernel *out)
{
	const struct built_kernel *k;

	if (!va_bits)
		va_bits = 52;
	if (!vmsa_linux_is_offered(granule_shift, va_bits) ||
	    (unsigned)version >= VMSA_LINUX_NR_VERSIONS)
		return -EINVAL;
	/* The patch was posted against kernels of 6.12's size. */
	k = nearest(version == VMSA_LINUX_V2 ? VMSA_LINUX_V6_12 : version,
		    granule_shift, va_bits == 39);
	*out = (struct vmsa_linux_kernel){
		.version = version,
		.granule_shift = (uint8_t)granule_shift,
		.va_bits = (uint8_t)va_bits,
		.pa_bits = va_bits == 52 ? 52 : 48,
		.image = k->image,
		/* Debian's configuration (1.1). */
		.kfence = true,
		.kfence_interval = 0,
		.kfence_objects = 255,
		.rodata_full_default = true,
	};
	return 0;
}
