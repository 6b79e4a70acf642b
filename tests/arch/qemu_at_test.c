/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * qemu_at_test.c - the walk against QEMU's MMU, through AT instructions
 *
 * Random registers and garbage tables go into a file that is the RAM of an
 * emulated machine; a guest of a hundred words asks the emulated MMU and
 * leaves PAR_EL1 of each job there.  Our walk reads the same file.
 *
 * Left out: HA and HD (QEMU 7.2 lets AT make pages dirty), level -1 (it aborts
 * on some of those) and jobs that read outside RAM.  A difference counts as
 * QEMU's own where it is known: see known_deviation(), written for 7.2.
 * Skipped if there is no qemu-system-aarch64.
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "arch/at_payload.h"
#include "vmsa/arch/walk.h"

#define BIT(n)          (UINT64_C(1) << (n))
#define RAM             UINT64_C(0x40000000)
#define RAM_SIZE        (UINT64_C(64) << 20)
#define CODE            UINT64_C(0x40200000)
#define CONTROL         UINT64_C(0x40300000)
#define JOBS            UINT64_C(0x40400000)
#define FRAMES          UINT64_C(0x42000000)
#define NR_JOBS         200000
#define NR_FRAMES       64 /* of 64 KiB, good for tables of every granule */
#define TIMEOUT_SECONDS 120

extern char **environ;

/* As the guest reads and writes it. */
struct job {
	uint64_t tcr, mair, sctlr, ttbr0, ttbr1, va, which, par;
};

struct control {
	uint64_t jobs, done;
	struct vmsa_id_registers id; /* in the order the guest stores them */
};

/* The machine's RAM, mapped, and the file behind it. */
struct guest {
	uint8_t *ram;
	char path[64];
	pid_t pid;
	bool outside; /* a walk left RAM */
};

static void *at_pa(const struct guest *g, uint64_t pa)
{
	return g->ram + (pa - RAM);
}

static int one_in(uint64_t *seed, unsigned n)
{
	return (test_rand(seed) >> 20) % n == 0;
}

static uint64_t random_frame(uint64_t *seed)
{
	return FRAMES + ((test_rand(seed) >> 20) % NR_FRAMES << 16);
}

/* Any attributes; the address is a frame, with high bits now and then. */
static uint64_t random_descriptor(uint64_t *seed)
{
	const unsigned type = test_rand(seed) >> 50 & 15;
	uint64_t d = test_rand(seed) & ~UINT64_C(0x3fffffffff003);

	if (one_in(seed, 5))
		d |= BIT(32 + test_rand(seed) % 18);
	if (one_in(seed, 8)) /* 64K: address bits 51:48 */
		d |= test_rand(seed) & 0xf000;
	if (!one_in(seed, 4)) /* LPA2: address bits 51:50 */
		d &= ~UINT64_C(0x300);
	if (!one_in(seed, 8))
		d |= BIT(10);
	d |= random_frame(seed);
	return d | (type < 11 ? 3 : type < 14 ? 1 : type == 14 ? 0 : 2);
}

static unsigned random_txsz(uint64_t *seed)
{
	if (one_in(seed, 8))
		return test_rand(seed) >> 20 & 63;
	return 16 + (unsigned)((test_rand(seed) >> 20) % 28);
}

static uint64_t random_tcr(uint64_t *seed)
{
	uint64_t tcr = test_rand(seed) &
		       ~(UINT64_C(63) | UINT64_C(63) << 16 | BIT(39) | BIT(40));
	unsigned t0 = random_txsz(seed), t1 = random_txsz(seed);

	/* EPD, NFD and E0PD stop every walk: rarely. */
	if (!one_in(seed, 8))
		tcr &= ~(BIT(7) | BIT(23) | UINT64_C(15) << 53);
	if (tcr & BIT(59)) { /* DS: stay off level -1 */
		t0 = t0 < 16 ? 16 : t0;
		t1 = t1 < 16 ? 16 : t1;
	}
	return tcr | t0 | t1 << 16;
}

/* Mostly canonical, sometimes with a tag. */
static uint64_t random_va(uint64_t tcr, uint64_t *seed)
{
	const int upper = test_rand(seed) >> 40 & 1;
	const unsigned ia = 64 - (tcr >> 16 * upper & 63);
	uint64_t va = test_rand(seed);

	if (!one_in(seed, 8) && ia < 64) {
		va &= BIT(ia) - 1;
		va |= upper ? ~(BIT(ia) - 1) : 0;
	}
	return one_in(seed, 8) ? va ^ test_rand(seed) << 56 : va;
}

static struct job random_job(uint64_t *seed)
{
	struct job j = {
		.tcr = random_tcr(seed),
		.mair = test_rand(seed),
		.ttbr0 = random_frame(seed),
		.ttbr1 = random_frame(seed),
		.which = test_rand(seed) % 6 | (test_rand(seed) >> 40 & 8),
	};

	/* M and the bits that are RES1; WXN, I and EPAN at random. */
	j.sctlr =
		0x30d00801 | (test_rand(seed) & (BIT(12) | BIT(19) | BIT(57)));
	j.va = random_va(j.tcr, seed);
	if (one_in(seed, 8)) /* high and low bits of the base */
		j.ttbr0 |= test_rand(seed) & UINT64_C(0xfff00000003f);
	if (one_in(seed, 2)) /* the types that Linux uses */
		j.mair = UINT64_C(0x0444ffbb0c4400ff);
	return j;
}

static void fill_ram(struct guest *g)
{
	uint64_t seed = 20260401;
	uint64_t *desc = at_pa(g, FRAMES);
	struct control *control = at_pa(g, CONTROL);
	struct job *jobs = at_pa(g, JOBS);

	for (size_t i = 0; i < NR_FRAMES * (65536 / 8); i++)
		desc[i] = random_descriptor(&seed);
	for (size_t i = 0; i < NR_JOBS; i++)
		jobs[i] = random_job(&seed);
	control->jobs = NR_JOBS;
	memcpy(at_pa(g, CODE), at_payload, sizeof(at_payload));
	memcpy(at_pa(g, CODE + AT_VECTOR), &(uint32_t){ AT_VECTOR_WORD }, 4);
}

static void make_ram(struct guest *g)
{
	int fd;

	strcpy(g->path, "/tmp/vmsa-at-XXXXXX");
	fd = mkstemp(g->path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)RAM_SIZE), 0);
	g->ram =
		mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(g->ram != MAP_FAILED);
	close(fd);
}

/* Start the machine; its serial port and monitor lead nowhere. */
static int start_qemu(struct guest *g)
{
	char object[128], loader[64];
	const char *const argv[] = {
		"qemu-system-aarch64",
		"-machine",
		"virt,virtualization=on,memory-backend=ram",
		"-cpu",
		"max",
		"-m",
		"64",
		"-object",
		object,
		"-device",
		loader,
		"-display",
		"none",
		"-serial",
		"none",
		"-monitor",
		"none",
		NULL,
	};
	posix_spawn_file_actions_t quiet;
	int err;

	snprintf(object, sizeof(object),
		 "memory-backend-file,id=ram,size=64M,share=on,mem-path=%s",
		 g->path);
	snprintf(loader, sizeof(loader), "loader,addr=%#llx,cpu-num=0",
		 (unsigned long long)CODE);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(&g->pid, argv[0], &quiet, NULL, (char *const *)argv,
			   environ);
	posix_spawn_file_actions_destroy(&quiet);
	return err;
}

/* Wait for the guest's done flag; whether it came. */
static bool wait_for_guest(struct guest *g)
{
	const struct timespec nap = { .tv_nsec = 20000000 };
	struct control *control = at_pa(g, CONTROL);
	bool done = false;

	for (int i = 0; !done && i < TIMEOUT_SECONDS * 50; i++) {
		nanosleep(&nap, NULL);
		done = __atomic_load_n(&control->done, __ATOMIC_ACQUIRE);
		if (!done && waitpid(g->pid, NULL, WNOHANG) == g->pid)
			return false;
	}
	kill(g->pid, SIGTERM);
	waitpid(g->pid, NULL, 0);
	return done;
}

static int read_ram(void *arg, vmsa_pa at, vmsa_desc *out)
{
	struct guest *g = arg;

	if (at < RAM || at - RAM >= RAM_SIZE) {
		g->outside = true;
		return -EFAULT;
	}
	memcpy(out, at_pa(g, at), sizeof(*out));
	return 0;
}

/* What PAR_EL1 should read, and which of its bits are compared. */
static uint64_t expected_par(const struct vmsa_walk *w, uint64_t *mask)
{
	const struct vmsa_memory_type *type = &w->attr.memory;

	*mask = 0x7f; /* F and FST */
	if (w->fault != VMSA_FAULT_NONE)
		return 1 | (uint64_t)w->dfsc << 1;
	*mask = UINT64_C(0x000ffffffffff001);
	if (!type->reserved)
		*mask |= UINT64_C(0xff) << 56;
	/* QEMU 7.2 does not force SH of Device and Non-cacheable memory. */
	if (!vmsa_memory_is_device(type) && type->raw != 0x44 &&
	    type->raw != 0x40)
		*mask |= 0x180;
	return (w->pa & ~UINT64_C(0xfff)) | (uint64_t)w->attr.sh << 7 |
	       (uint64_t)type->raw << 56;
}

/* Is this a difference that is QEMU's, not ours? */
static bool known_deviation(const struct vmsa_half *h,
			    const struct vmsa_walk *w)
{
	const bool lpa2 = h->geometry.format == VMSA_FORMAT_LPA2;

	/* Address bits 51:48 are ignored while IPS is below 52. */
	if (lpa2 && h->pa_bits < 52)
		return true;
	/* 7.2: a block at a level without blocks. */
	if (w->fault == VMSA_FAULT_TRANSLATION && w->steps && w->level < 3 &&
	    (w->step[w->steps - 1].desc & 3) == 1)
		return true;
	/* 7.2: low bits of a 52-bit TTBR with a table below 64 bytes. */
	if ((lpa2 || h->pa_bits == 52) && vmsa_root_bytes(&h->geometry) < 64)
		return true;
	/* Leaves above 4 GiB: the size check ignores the VA's offset. */
	return w->size >> 32 != 0;
}

/* Walk one job; 1 if it agrees, 0 if it is left out, -1 if it differs. */
static int compare(struct guest *g, const struct vmsa_features *f,
		   const struct job *j)
{
	const unsigned op = j->which & 7;
	const struct vmsa_registers reg = { .tcr = j->tcr,
					    .mair = j->mair,
					    .sctlr = j->sctlr,
					    .ttbr0 = j->ttbr0,
					    .ttbr1 = j->ttbr1 };
	const struct vmsa_access access = {
		.va = j->va,
		.kind = op & 1 ? VMSA_WRITE : VMSA_READ,
		.intent = VMSA_AT,
		.el0 = op == 2 || op == 3,
		.pan = op >= 4 && j->which & 8,
	};
	const struct vmsa_walk_ops ops = { .read = read_ram, .arg = g };
	struct vmsa_policy policy = VMSA_POLICY_DEFAULT;
	struct vmsa_regime r;
	struct vmsa_walk w;
	uint64_t par, mask;

	policy.lpa_table = policy.lpa_leaf = VMSA_LPA_IGNORE;
	vmsa_regime_from_registers(&reg, f, &policy, &r);
	g->outside = false;
	assert_int_equal(vmsa_walk(&r, &ops, &access, &w), 0);
	par = expected_par(&w, &mask);
	if (g->outside)
		return 0;
	if (!((par ^ j->par) & mask))
		return 1;
	if (known_deviation(&r.half[vmsa_regime_upper(&r, j->va)], &w))
		return 0;
	print_message("TCR %#llx VA %#llx AT %u: PAR %#llx, ours %#llx\n",
		      (unsigned long long)j->tcr, (unsigned long long)j->va,
		      (unsigned)j->which, (unsigned long long)j->par,
		      (unsigned long long)par);
	return -1;
}

/* Every job that is not left out for a known reason. */
static void the_walk_agrees_with_an_emulated_mmu(void **state)
{
	int count[3] = { 0 }; /* differs, left out, agrees */
	struct vmsa_features f;
	struct guest g = { 0 };
	const struct job *jobs;
	bool done;

	(void)state;
	make_ram(&g);
	fill_ram(&g);
	if (start_qemu(&g)) {
		unlink(g.path);
		skip();
	}
	done = wait_for_guest(&g);
	unlink(g.path);
	assert_true(done);
	vmsa_features_from_id(&((struct control *)at_pa(&g, CONTROL))->id, &f);
	jobs = at_pa(&g, JOBS);
	for (int i = 0; i < NR_JOBS; i++)
		count[1 + compare(&g, &f, &jobs[i])]++;
	munmap(g.ram, RAM_SIZE);
	print_message("%d agree, %d left out, %d differ\n", count[2], count[1],
		      count[0]);
	assert_int_equal(count[0], 0);
	assert_true(count[2] > NR_JOBS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_walk_agrees_with_an_emulated_mmu),
	};

	return cmocka_run_group_tests_name("qemu_at", tests, NULL, NULL);
}
