/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * instrument.c - a page-table editor that knows nothing of libvmsa, watched by
 * its checker
 *
 *     instrument move    moves a page to another frame, in one store
 *     instrument remap   the same with a break before the make
 *
 * Three tables in an array of its own, 4K pages, 39-bit addresses from 0.  The
 * lines that say "instrument" were added; the rest is the editor.  Findings
 * name the line of a store.  Exits 1 if there were any.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "instrument.h"

/* --- the editor ---------------------------------------------------------- */

#define FRAME   UINT64_C(0x80000000) /* where the array is in memory */
#define VALID   UINT64_C(0x3)        /* a table, or a page */
#define RW_PAGE UINT64_C(0x703)      /* AF, Inner Shareable, Normal */

/* The tables of levels 1, 2 and 3, for the first 2 MiB. */
static uint64_t pt[3][512];
static struct instrument *instrument;

/* A real one has instructions here. */
static void dsb_ishst(void)
{
	INSTRUMENT_BARRIER(instrument, VMSA_DSB_ISHST);
}

static void dsb_ish(void)
{
	INSTRUMENT_BARRIER(instrument, VMSA_DSB_ISH);
}

static void isb(void)
{
	INSTRUMENT_BARRIER(instrument, VMSA_ISB);
}

static void tlbi_vaae1is(uint64_t xt)
{
	INSTRUMENT_TLBI(instrument, VMSA_TLBI_VAAE1, VMSA_TLBI_IS, xt);
}

static uint64_t frame_of(unsigned level)
{
	return FRAME + (level - 1) * sizeof(pt[0]);
}

static void pt_init(void)
{
	memset(pt, 0, sizeof(pt));
	pt[0][0] = frame_of(2) | VALID;
	pt[1][0] = frame_of(3) | VALID;
}

/* A page where nothing was. */
static void pt_map(uint64_t va, uint64_t pa)
{
	uint64_t *e = &pt[2][va >> 12];

	*e = pa | RW_PAGE;
	INSTRUMENT_STORE(instrument, 3, va, frame_of(3) + 8 * (va >> 12), 0,
			 *e);
	dsb_ishst();
	isb();
}

/* Wrong: between the store and the TLBI a CPU may use both frames. */
static void pt_move(uint64_t va, uint64_t pa)
{
	uint64_t *e = &pt[2][va >> 12], old = *e;

	INSTRUMENT_BEGIN(instrument, "pt_move");
	*e = pa | RW_PAGE;
	INSTRUMENT_STORE(instrument, 3, va, frame_of(3) + 8 * (va >> 12), old,
			 *e);
	dsb_ishst();
	tlbi_vaae1is(va >> 12);
	dsb_ish();
	isb();
	INSTRUMENT_END(instrument, "pt_move");
}

/* Right: nothing is there until nobody has the old one any more. */
static void pt_remap(uint64_t va, uint64_t pa)
{
	uint64_t *e = &pt[2][va >> 12], old = *e;

	INSTRUMENT_BEGIN(instrument, "pt_remap");
	*e = 0;
	INSTRUMENT_STORE(instrument, 3, va, frame_of(3) + 8 * (va >> 12), old,
			 0);
	dsb_ishst();
	tlbi_vaae1is(va >> 12);
	dsb_ish();
	pt_map(va, pa);
	INSTRUMENT_END(instrument, "pt_remap");
}

/* --- the instrument: how to read the tables, and which they are ---------- */

static int instrument_read(void *arg, vmsa_pa at, vmsa_desc *out)
{
	if (at < FRAME || at >= FRAME + sizeof(pt))
		return -EFAULT;
	memcpy(out, (char *)arg + (at - FRAME), sizeof(*out));
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	const struct vmsa_checker_config pes = { .bbm = 2, .pes = 4 };
	struct instrument in = { .out = stdout };
	struct vmsa_check_tables tables = { .root = FRAME,
					    .asid = VMSA_CHECK_ANY_ASID,
					    .read = instrument_read,
					    .arg = pt };

	if (strcmp(what, "move") && strcmp(what, "remap")) {
		fprintf(stderr, "usage: instrument move|remap\n");
		return 2;
	}
	pt_init();
	if (vmsa_geometry_init(&tables.geometry, 12, 39, VMSA_FORMAT_48) ||
	    instrument_start(&in, pes, &tables))
		return 2;
	instrument = &in;
	pt_map(0x1000, 0x40000000);
	if (!strcmp(what, "move"))
		pt_move(0x1000, 0x50000000);
	else
		pt_remap(0x1000, 0x50000000);
	if (instrument_stop(&in))
		return 2;
	printf("%s: %u findings\n", what, (unsigned)in.findings);
	return in.findings != 0;
}
