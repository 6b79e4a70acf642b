/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pgtrace.c - QEMU TCG plugin: which pages an AArch64 guest touches, and when
 *
 * Needs the plugin API of QEMU 10 (version 4: registers can be read, callbacks
 * can be conditional).  Writes PREFIX.meta and, per vCPU N, PREFIX.cpuN.D data,
 * .I instruction fetch, .E events, .P physical pages: the rows described in
 * docs/trace-format.md, annex.  `vmsa trace convert` makes a trace of them.
 *
 * The guest starts and stops the recording itself, by instructions that do
 * nothing on a real CPU:
 *
 *	movz xzr, #0x5101	start
 *	movz xzr, #0x5102	stop
 *	movz xzr, #0x52nn	marker nn
 *
 * Until the start only these carry a callback, so that boot and warm-up run at
 * full speed.  On a start QEMU forgets all translated code and translates it
 * again, instrumented.
 *
 * Arguments: out=PREFIX  max=N stop after N instructions of a vCPU (0: never)
 *            vbar=ADDRESS of the kernel's vectors, for EXCEPTION events
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <qemu-plugin.h>

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

#define unlikely(x) __builtin_expect(!!(x), 0)

#define MAX_CPUS   16
#define BUFFER     (1u << 20)
#define ROW_MAX    64 /* more than the longest row */
#define PAGE_SHIFT 12
#define PAGE_MASK  ((UINT64_C(1) << PAGE_SHIFT) - 1)
#define NO_PAGE    UINT64_MAX
#define RUN_LONG   15                  /* shortest run of the long form */
#define SYNC_EVERY 100000              /* instructions */
#define PFN_IO     (UINT64_C(1) << 51) /* marks a device's page */

/* Opcodes that carry a callback: (opcode & MASK) == VALUE; Rt in bits 4:0. */
#define MOVZ_XZR_MASK 0xffe0001fu
#define MOVZ_XZR      0xd280001fu
#define RT_MASK       0xffffffe0u
#define MSR_TTBR0     0xd5182000u
#define MSR_TTBR1     0xd5182020u
#define MSR_SP_EL0    0xd5184100u
#define DC_ZVA        0xd50b7420u
#define TLBI_MASK     0xfff8e000u /* SYS, CRn 8, or 9 with nXS */
#define TLBI          0xd5088000u

#define TRIGGER_START 0x5101
#define TRIGGER_STOP  0x5102

enum region {
	USER,
	LINEAR,
	KERNEL,
	REGIONS
};

enum event {
	TTBR0 = 1,
	TTBR1,
	TLBI_DONE,
	TASK,
	EXCEPTION,
	MARKER,
	IDLE,
	RESUME,
	SYNC,
};

enum stream {
	DATA,
	FETCH,
	EVENTS,
	FRAMES,
	STREAMS
};

/* One output file. */
struct out {
	FILE *file;
	uint8_t *data;
	size_t size;
	uint64_t insn; /* stamp of the last row */
	uint64_t last_page[REGIONS];
	uint64_t rows, bytes;
};

/* Counted by inline code of QEMU's: whole blocks, when they are entered. */
struct score {
	uint64_t insn, insn_el1;
	uint64_t fetch_page;
};

struct cpu {
	struct score *score;
	uint64_t base, base_el1; /* score when recording started */
	struct out out[STREAMS];

	/* The run of accesses that is not yet written. */
	uint64_t page, start, length;
	unsigned write, el0;

	uint64_t accesses, dc_zva, next_sync;
	uint64_t task, ttbr0;

	/* Frames written so far: (key + 1, pfn) pairs, open addressing. */
	uint64_t *frames;

	struct qemu_plugin_register *x[31], *esr;
	GByteArray *value;
};

#define FRAME_BITS  20
#define FRAME_TRIES 8 /* then the oldest is overwritten: told once more */

static struct cpu cpus[MAX_CPUS];
static int cpu_count;
static qemu_plugin_id_t self;
static struct qemu_plugin_scoreboard *scores;
static qemu_plugin_u64 score_insn, score_el1, score_page;
static const char *prefix = "pgtrace";
static uint64_t max_insn, vbar;
static int recording, recorded, exiting;
static const char *stop_reason;
static struct timespec started;

/* ---- rows ---- */

static void put8(struct out *o, unsigned v)
{
	o->data[o->size++] = (uint8_t)v;
}

static void put_number(struct out *o, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		put8(o, (unsigned)(v & 0x7f) | 0x80);
	put8(o, (unsigned)v);
}

static void flush(struct out *o)
{
	if (fwrite(o->data, 1, o->size, o->file) != o->size)
		perror("pgtrace");
	o->bytes += o->size;
	o->size = 0;
}

/* Start a row: what it is, and when. */
static void put_row(struct out *o, unsigned head, uint64_t insn)
{
	if (unlikely(o->size > BUFFER - ROW_MAX))
		flush(o);
	put8(o, head);
	put_number(o, insn - o->insn);
	o->insn = insn;
	o->rows++;
}

static enum region region_of(uint64_t page)
{
	if (!(page >> 51))
		return USER;
	return page >> (47 - PAGE_SHIFT) & 1 ? KERNEL : LINEAR;
}

/* A page, relative to the last of its region. */
static void put_page(struct out *o, uint64_t page)
{
	uint64_t *last = &o->last_page[region_of(page)];
	const uint64_t d = page - *last;

	put_number(o, d << 1 ^ (uint64_t)((int64_t)d >> 63));
	*last = page;
}

static void open_out(struct out *o, int cpu, char letter)
{
	char name[512];

	memset(o, 0, sizeof(*o));
	snprintf(name, sizeof(name), "%s.cpu%d.%c", prefix, cpu, letter);
	o->file = fopen(name, "wb");
	o->data = malloc(BUFFER);
	if (!o->file || !o->data) {
		perror(name);
		exit(1);
	}
}

static void close_out(struct out *o)
{
	flush(o);
	if (fclose(o->file))
		perror("pgtrace");
	free(o->data);
	o->file = NULL;
}

/* ---- recording ---- */

static uint64_t now(const struct cpu *c)
{
	return c->score->insn - c->base;
}

/* Write the run that has ended. */
static void end_run(struct cpu *c)
{
	struct out *o = &c->out[DATA];
	const unsigned nibble = c->length < RUN_LONG ? (unsigned)c->length : 0;

	if (c->page == NO_PAGE)
		return;
	put_row(o,
		region_of(c->page) | c->write << 2 | c->el0 << 3 | nibble << 4,
		c->start);
	put_page(o, c->page);
	if (!nibble)
		put_number(o, c->length - RUN_LONG);
	c->accesses += c->length;
	c->page = NO_PAGE;
}

/* An event ends the run, so that stamps order accesses against events. */
static void put_event(struct cpu *c, uint64_t insn, enum event kind, uint64_t a,
		      uint64_t b)
{
	struct out *o = &c->out[EVENTS];

	end_run(c);
	put_row(o, kind, insn);
	put_number(o, a);
	put_number(o, b);
}

static void stop(const char *reason);

/* Where the other vCPUs are, now and then: their clocks are their own. */
static void put_syncs(struct cpu *c, uint64_t insn)
{
	c->next_sync = insn + SYNC_EVERY;
	for (int i = 0; i < cpu_count; i++) {
		if (&cpus[i] != c)
			put_event(c, insn, SYNC, (uint64_t)i, now(&cpus[i]));
	}
}

static void begin_run(struct cpu *c, uint64_t page, unsigned el0,
		      unsigned write, uint64_t insn)
{
	end_run(c);
	if (unlikely(max_insn && insn >= max_insn)) {
		stop("max");
		return;
	}
	if (unlikely(cpu_count > 1 && insn >= c->next_sync))
		put_syncs(c, insn);
	c->page = page;
	c->start = insn;
	c->length = 1;
	c->write = write;
	c->el0 = el0;
}

/* True if this page's frame is new or has changed, for this TTBR0. */
static int frame_changed(struct cpu *c, uint64_t page, uint64_t pfn)
{
	const uint64_t table = c->ttbr0 & UINT64_C(0xffffffffffff);
	const uint64_t key = page ^ (page >> 51 ? 0 : table << 20 ^ table >> 9);
	const uint64_t hash =
		key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - FRAME_BITS);
	uint64_t *slot = c->frames + 2 * hash;

	for (unsigned i = 0; i < FRAME_TRIES; i++) {
		uint64_t *s =
			c->frames + 2 * ((hash + i) & ((1u << FRAME_BITS) - 1));

		if (s[0] && s[0] != key + 1)
			continue;
		if (s[0] && s[1] == pfn)
			return 0;
		slot = s;
		break;
	}
	slot[0] = key + 1;
	slot[1] = pfn;
	return 1;
}

/* Linear-map frames follow from the address; these must be looked up. */
static void put_frame(struct cpu *c, uint64_t page, uint64_t va,
		      qemu_plugin_meminfo_t info)
{
	struct qemu_plugin_hwaddr *h = qemu_plugin_get_hwaddr(info, va);
	struct out *o = &c->out[FRAMES];
	uint64_t pfn;

	if (!h)
		return;
	pfn = qemu_plugin_hwaddr_phys_addr(h) >> PAGE_SHIFT;
	if (qemu_plugin_hwaddr_is_io(h))
		pfn |= PFN_IO;
	if (!frame_changed(c, page, pfn))
		return;
	put_row(o, region_of(page), c->start);
	put_page(o, page);
	put_number(o, pfn);
}

/*
 * What translation knows goes to a callback in its pointer: bit 0 EL0, bits
 * 5:1 a register, bits 21:6 instructions from this one to the end of its block
 * (the counter is already there), from bit 22 whatever else.
 */
static void *pack(unsigned el0, unsigned rt, uint64_t back, uint64_t more)
{
	return (void *)(uintptr_t)(el0 | rt << 1 | back << 6 | more << 22);
}

static unsigned el0_of(const void *p)
{
	return (uintptr_t)p & 1;
}

static unsigned rt_of(const void *p)
{
	return (uintptr_t)p >> 1 & 31;
}

static uint64_t insn_of(const struct cpu *c, const void *p)
{
	return now(c) - ((uintptr_t)p >> 6 & 0xffff);
}

static uint64_t more_of(const void *p)
{
	return (uintptr_t)p >> 22;
}

static void access(unsigned index, qemu_plugin_meminfo_t info, uint64_t va,
		   void *p)
{
	struct cpu *c = &cpus[index];
	const uint64_t page = va >> PAGE_SHIFT;
	const unsigned write = qemu_plugin_mem_is_store(info);
	const unsigned size = 1u << qemu_plugin_mem_size_shift(info);

	if (unlikely(!recording))
		return;
	if (page == c->page && el0_of(p) == c->el0) {
		c->length++;
		c->write |= write;
	} else {
		begin_run(c, page, el0_of(p), write, insn_of(c, p));
		if (c->page != NO_PAGE && region_of(page) != LINEAR)
			put_frame(c, page, va, info);
	}
	if (unlikely((va & PAGE_MASK) + size > PAGE_MASK + 1) && recording)
		begin_run(c, page + 1, el0_of(p), write, insn_of(c, p));
}

static uint64_t read_register(struct cpu *c, struct qemu_plugin_register *r)
{
	uint64_t v = 0;
	int n;

	if (!r)
		return 0;
	g_byte_array_set_size(c->value, 0);
	n = qemu_plugin_read_register(r, c->value);
	if (n == 4 || n == 8)
		memcpy(&v, c->value->data, (size_t)n);
	return v;
}

static uint64_t read_x(struct cpu *c, unsigned rt)
{
	return rt == 31 ? 0 : read_register(c, c->x[rt]);
}

/* A helper of QEMU's does the stores of DC ZVA: no memory callback comes. */
static void on_dc_zva(unsigned index, void *p)
{
	struct cpu *c = &cpus[index];
	uint64_t va, page;

	if (!recording)
		return;
	va = read_x(c, rt_of(p));
	if (!(va >> 55 & 1)) /* a tag may be on top of a user address */
		va &= (UINT64_C(1) << 56) - 1;
	page = va >> PAGE_SHIFT;
	c->dc_zva++;
	if (page == c->page && el0_of(p) == c->el0) {
		c->length++;
		c->write = 1;
	} else {
		begin_run(c, page, el0_of(p), 1, insn_of(c, p));
	}
}

static void on_ttbr(unsigned index, void *p)
{
	struct cpu *c = &cpus[index];
	uint64_t value;

	if (!recording)
		return;
	value = read_x(c, rt_of(p));
	if (more_of(p) == TTBR0)
		c->ttbr0 = value;
	put_event(c, insn_of(c, p), (enum event)more_of(p), value, 0);
}

static void on_tlbi(unsigned index, void *p)
{
	struct cpu *c = &cpus[index];

	if (recording)
		put_event(c, insn_of(c, p), TLBI_DONE, more_of(p),
			  read_x(c, rt_of(p)));
}

/* At EL1 Linux keeps the current task in SP_EL0; user values pass through. */
static void on_sp_el0(unsigned index, void *p)
{
	struct cpu *c = &cpus[index];
	uint64_t task;

	if (!recording)
		return;
	task = read_x(c, rt_of(p));
	if (!(task >> 63) || task == c->task)
		return;
	c->task = task;
	put_event(c, insn_of(c, p), TASK, task, 0);
}

/* ESR_EL1 is that of the exception before if this one is an interrupt. */
static void on_vector(unsigned index, void *p)
{
	struct cpu *c = &cpus[index];
	uint64_t esr, b;

	if (!recording)
		return;
	esr = read_register(c, c->esr);
	b = esr & 0xffffffff;
	if (!(more_of(p) & 0x180) && (esr >> 26 & 0x3f) == 0x15)
		b |= read_x(c, 8) << 32; /* SVC: x8 is the system call */
	put_event(c, insn_of(c, p), EXCEPTION, more_of(p), b);
}

static void on_marker(unsigned index, void *p)
{
	struct cpu *c = &cpus[index];

	if (recording)
		put_event(c, insn_of(c, p), MARKER, more_of(p), 0);
}

/* The pointer: page in bits 51:0, distance to the block's end above. */
static void on_fetch(unsigned index, void *p)
{
	const uint64_t page = (uintptr_t)p & ((UINT64_C(1) << 52) - 1);
	struct cpu *c = &cpus[index];
	struct out *o = &c->out[FETCH];

	if (!recording)
		return;
	c->score->fetch_page = page;
	put_row(o, region_of(page) | (unsigned)!(page >> 51) << 3,
		now(c) - ((uintptr_t)p >> 52));
	put_page(o, page);
}

static void on_idle(qemu_plugin_id_t id, unsigned index)
{
	(void)id;
	if (recording)
		put_event(&cpus[index], now(&cpus[index]), IDLE, 0, 0);
}

static void on_resume(qemu_plugin_id_t id, unsigned index)
{
	(void)id;
	if (recording)
		put_event(&cpus[index], now(&cpus[index]), RESUME, 0, 0);
}

/* ---- start and stop ---- */

static void translate_plain(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
static void translate_hot(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);

static void write_meta(void)
{
	struct timespec t;
	char name[512];
	double seconds;
	FILE *f;

	clock_gettime(CLOCK_MONOTONIC, &t);
	seconds = (double)(t.tv_sec - started.tv_sec) +
		  (double)(t.tv_nsec - started.tv_nsec) / 1e9;
	snprintf(name, sizeof(name), "%s.meta", prefix);
	f = fopen(name, "w");
	if (!f) {
		perror(name);
		return;
	}
	fprintf(f, "format pgtrace-1\n");
	for (int i = 0; i < cpu_count; i++) {
		static const char letters[] = "DIEP";
		const struct cpu *c = &cpus[i];

		fprintf(f, "cpu %d\nstop %s\nseconds %.2f\n", i, stop_reason,
			seconds);
		fprintf(f, "insns %llu\ninsns_el1 %llu\naccesses %llu\n",
			(unsigned long long)now(c),
			(unsigned long long)(c->score->insn_el1 - c->base_el1),
			(unsigned long long)c->accesses);
		fprintf(f, "dc_zva %llu\n", (unsigned long long)c->dc_zva);
		for (int s = 0; s < STREAMS; s++)
			fprintf(f, "%c_records %llu\n%c_bytes %llu\n",
				letters[s], (unsigned long long)c->out[s].rows,
				letters[s],
				(unsigned long long)c->out[s].bytes);
	}
	fclose(f);
	fprintf(stderr, "pgtrace: stopped (%s), see %s\n", stop_reason, name);
}

/* No vCPU runs here.  The meta file comes last: it says all is there. */
static void finish(void)
{
	for (int i = 0; i < cpu_count; i++) {
		end_run(&cpus[i]);
		for (int s = 0; s < STREAMS; s++)
			close_out(&cpus[i].out[s]);
		free(cpus[i].frames);
	}
	write_meta();
}

static void go_plain(qemu_plugin_id_t id)
{
	finish();
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_plain);
}

static void stop(const char *reason)
{
	if (!__atomic_exchange_n(&recording, 0, __ATOMIC_SEQ_CST))
		return;
	stop_reason = reason;
	if (exiting)
		finish();
	else
		qemu_plugin_reset(self, go_plain);
}

static void on_qemu_exit(qemu_plugin_id_t id, void *p)
{
	(void)id;
	(void)p;
	exiting = 1;
	stop("exit");
}

static void start_cpu(struct cpu *c, int index)
{
	static const char letters[] = "DIEP";

	for (int s = 0; s < STREAMS; s++)
		open_out(&c->out[s], index, letters[s]);
	c->score = qemu_plugin_scoreboard_find(scores, (unsigned)index);
	c->score->fetch_page = NO_PAGE;
	c->base = c->score->insn;
	c->base_el1 = c->score->insn_el1;
	c->page = NO_PAGE;
	c->frames = calloc(2u << FRAME_BITS, sizeof(*c->frames));
	if (!c->frames) {
		perror("pgtrace");
		exit(1);
	}
}

static void go_hot(qemu_plugin_id_t id)
{
	for (int i = 0; i < cpu_count; i++)
		start_cpu(&cpus[i], i);
	clock_gettime(CLOCK_MONOTONIC, &started);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_hot);
	qemu_plugin_register_vcpu_idle_cb(id, on_idle);
	qemu_plugin_register_vcpu_resume_cb(id, on_resume);
	qemu_plugin_register_atexit_cb(id, on_qemu_exit, NULL);
	recording = 1;
}

static void on_trigger(unsigned index, void *p)
{
	const uintptr_t number = (uintptr_t)p;

	(void)index;
	if (number == TRIGGER_START && !recorded) {
		recorded = 1;
		qemu_plugin_reset(self, go_hot);
	} else if (number == TRIGGER_STOP) {
		stop("trigger");
	}
}

/* ---- translation ---- */

static uint32_t opcode_of(const struct qemu_plugin_insn *insn)
{
	uint32_t opcode = 0;

	qemu_plugin_insn_data(insn, &opcode, sizeof(opcode));
	return opcode;
}

/* The number of a "movz xzr, #number", 0 if it is something else. */
static unsigned movz_number(uint32_t opcode)
{
	return (opcode & MOVZ_XZR_MASK) == MOVZ_XZR ? opcode >> 5 & 0xffff : 0;
}

static void add_trigger(struct qemu_plugin_insn *insn, uint32_t opcode)
{
	const unsigned number = movz_number(opcode);

	if (number >> 8 == 0x51)
		qemu_plugin_register_vcpu_insn_exec_cb(
			insn, on_trigger, QEMU_PLUGIN_CB_NO_REGS,
			(void *)(uintptr_t)number);
}

static void translate_plain(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	const size_t n = qemu_plugin_tb_n_insns(tb);

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		add_trigger(insn, opcode_of(insn));
	}
}

static void add(struct qemu_plugin_insn *insn, qemu_plugin_vcpu_udata_cb_t cb,
		void *p)
{
	qemu_plugin_register_vcpu_insn_exec_cb(insn, cb, QEMU_PLUGIN_CB_R_REGS,
					       p);
}

/* Callbacks of instructions that do more than load and store. */
static void add_special(struct qemu_plugin_insn *insn, unsigned el0,
			uint64_t back)
{
	const uint32_t opcode = opcode_of(insn), plain = opcode & RT_MASK;
	const unsigned rt = opcode & 31, number = movz_number(opcode);

	add_trigger(insn, opcode);
	if (number >> 8 == 0x52)
		add(insn, on_marker, pack(el0, rt, back, number & 0xff));
	else if (plain == MSR_TTBR0)
		add(insn, on_ttbr, pack(el0, rt, back, TTBR0));
	else if (plain == MSR_TTBR1)
		add(insn, on_ttbr, pack(el0, rt, back, TTBR1));
	else if (plain == MSR_SP_EL0 && !el0)
		add(insn, on_sp_el0, pack(el0, rt, back, 0));
	else if (plain == DC_ZVA)
		add(insn, on_dc_zva, pack(el0, rt, back, 0));
	else if ((opcode & TLBI_MASK) == TLBI)
		add(insn, on_tlbi, pack(el0, rt, back, opcode >> 5 & 0x3fff));
}

/*
 * Vectors are 0x80 apart.  One for EL0 may be entered at its second
 * instruction, by the trampoline that unmaps the kernel.
 */
static int is_vector(uint64_t va, size_t index)
{
	const uint64_t offset = va - vbar;

	if (!vbar || offset >= 0x800)
		return 0;
	return !(offset & 0x7f) ||
	       (offset >= 0x400 && (offset & 0x7f) == 4 && index == 0);
}

static void *pack_fetch(uint64_t page, uint64_t back)
{
	return (void *)(uintptr_t)(page | back << 52);
}

static void count_block(struct qemu_plugin_tb *tb, unsigned el0, size_t n)
{
	const uint64_t page = qemu_plugin_tb_vaddr(tb) >> PAGE_SHIFT;

	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
		tb, QEMU_PLUGIN_INLINE_ADD_U64, score_insn, n);
	if (!el0)
		qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(
			tb, QEMU_PLUGIN_INLINE_ADD_U64, score_el1, n);
	qemu_plugin_register_vcpu_tb_exec_cond_cb(
		tb, on_fetch, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_COND_NE,
		score_page, page, pack_fetch(page, n));
}

static void translate_hot(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	const size_t n = qemu_plugin_tb_n_insns(tb);
	const unsigned el0 = !(qemu_plugin_tb_vaddr(tb) >> 63);
	uint64_t page = qemu_plugin_tb_vaddr(tb) >> PAGE_SHIFT;

	(void)id;
	count_block(tb, el0, n);
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint64_t va = qemu_plugin_insn_vaddr(insn);
		const uint64_t back = n - i;

		if (va >> PAGE_SHIFT != page) { /* a block over a page's end */
			page = va >> PAGE_SHIFT;
			qemu_plugin_register_vcpu_insn_exec_cond_cb(
				insn, on_fetch, QEMU_PLUGIN_CB_NO_REGS,
				QEMU_PLUGIN_COND_NE, score_page, page,
				pack_fetch(page, back));
		}
		if (is_vector(va, i))
			add(insn, on_vector, pack(el0, 31, back, va - vbar));
		add_special(insn, el0, back);
		qemu_plugin_register_vcpu_mem_cb(insn, access,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW,
						 pack(el0, 31, back, 0));
	}
}

/* ---- loading ---- */

static void on_vcpu(qemu_plugin_id_t id, unsigned index)
{
	GArray *registers = qemu_plugin_get_registers();
	struct cpu *c = &cpus[index];

	(void)id;
	if (index >= MAX_CPUS) {
		fprintf(stderr, "pgtrace: at most %d vCPUs\n", MAX_CPUS);
		exit(1);
	}
	if ((int)index >= cpu_count)
		cpu_count = (int)index + 1;
	c->value = g_byte_array_new();
	for (unsigned i = 0; i < registers->len; i++) {
		const qemu_plugin_reg_descriptor *r = &g_array_index(
			registers, qemu_plugin_reg_descriptor, i);
		unsigned number;
		char rest;

		if (sscanf(r->name, "x%u%c", &number, &rest) == 1 &&
		    number < 31)
			c->x[number] = r->handle;
		else if (!strcmp(r->name, "ESR_EL1"))
			c->esr = r->handle;
	}
	g_array_free(registers, TRUE);
}

static int read_argument(const char *arg)
{
	if (!strncmp(arg, "out=", 4))
		prefix = strdup(arg + 4);
	else if (!strncmp(arg, "max=", 4))
		max_insn = strtoull(arg + 4, NULL, 0);
	else if (!strncmp(arg, "vbar=", 5))
		vbar = strtoull(arg + 5, NULL, 0);
	else
		return -1;
	return 0;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const qemu_info_t *info, int argc,
					   char **argv)
{
	(void)info;
	self = id;
	for (int i = 0; i < argc; i++) {
		if (read_argument(argv[i])) {
			fprintf(stderr, "pgtrace: unknown argument %s\n",
				argv[i]);
			return -1;
		}
	}
	scores = qemu_plugin_scoreboard_new(sizeof(struct score));
	score_insn = qemu_plugin_scoreboard_u64_in_struct(scores, struct score,
							  insn);
	score_el1 = qemu_plugin_scoreboard_u64_in_struct(scores, struct score,
							 insn_el1);
	score_page = qemu_plugin_scoreboard_u64_in_struct(scores, struct score,
							  fetch_page);
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate_plain);
	return 0;
}
