/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * case.c - a recorded case: machine, kernel and stages
 *
 *     case.txt             which kernel, which CPU, which arguments
 *     ../../kernels/NAME   offsets of its symbols
 *     machine.dtb.zst      memory and reserved regions
 *     NN-STAGE.pt.zst      the first one: ID registers, where the image lay
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "linux/recorded/recorded.h"
#include "vmsa/arch/features.h"

/* What case.txt says. */
struct case_text {
	char kernel[64];
	char cpu[128];
	char cpu1[128]; /* where the second CPU is another one */
	char bootargs[512];
};

/* If the line starts with @word, keep the rest of it. */
static void take(char *to, size_t room, const char *line, const char *word)
{
	const size_t n = strlen(word);

	if (!strncmp(line, word, n) && line[n] == ' ')
		snprintf(to, room, "%s", line + n + 1);
}

/* Words that are not known are for people. */
static int read_case_text(const char *dir, struct case_text *out,
			  struct vmsa_error *err)
{
	struct text t;
	char *at, *line;
	const int ret = vmsa_text_read(dir, "case.txt", &t, err);

	if (ret)
		return ret;
	at = t.data;
	memset(out, 0, sizeof(*out));
	while ((line = vmsa_text_line(&at))) {
		take(out->kernel, sizeof(out->kernel), line, "kernel");
		take(out->cpu, sizeof(out->cpu), line, "cpu");
		take(out->cpu1, sizeof(out->cpu1), line, "cpu1");
		take(out->bootargs, sizeof(out->bootargs), line, "bootargs");
	}
	free(t.data);
	if (!out->kernel[0] || !out->cpu[0])
		return vmsa_error_at(err, dir, NULL, 0, -EINVAL,
				     "case.txt names no kernel or no cpu");
	return 0;
}

/*
 * "7.3.4-64k52": version, granule, VA bits (52 if not said). The image comes
 * from the symbols; the rest is Debian's configuration.
 */
static int parse_kernel_name(const char *name, struct vmsa_linux_kernel *k)
{
	static const struct {
		const char *prefix;
		enum vmsa_linux_version version;
	} versions[] = {
		{ "6.12", VMSA_LINUX_V6_12 },
		{ "6.18", VMSA_LINUX_V6_18 },
		{ "7.3", VMSA_LINUX_V7_3 },
	};
	const char *dash = strchr(name, '-');
	char *end;
	unsigned kib, va_bits;

	if (!dash)
		return -EINVAL;
	kib = (unsigned)strtoul(dash + 1, &end, 10);
	if (*end != 'k' || (kib != 4 && kib != 16 && kib != 64))
		return -EINVAL;
	va_bits = end[1] ? (unsigned)strtoul(end + 1, NULL, 10) : 52;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (!strncmp(name, versions[i].prefix,
			     strlen(versions[i].prefix)))
			return vmsa_linux_kernel_default(versions[i].version,
							 kib == 4    ? 12
							 : kib == 16 ? 14
								     : 16,
							 va_bits, k);
	}
	return -EINVAL;
}

/*
 * kernels/NAME.txt: symbol, link address, offset from _text.  The struct image
 * has offsets, so a KASLR image is described as well.
 */
static int read_symbols(const char *dir, const char *kernel,
			struct vmsa_linux_image *image, struct vmsa_error *err)
{
	const struct {
		const char *name;
		uint64_t *to;
	} symbols[] = {
		{ "_stext", &image->stext },
		{ "__start_rodata", &image->start_rodata },
		{ "swapper_pg_dir", &image->swapper_pg_dir },
		{ "__init_begin", &image->init_begin },
		{ "__init_end", &image->init_end },
		{ "__bss_stop", &image->bss_stop },
		{ "_end", &image->end },
	};
	char file[128], *at, *line;
	struct text t;
	int ret;

	snprintf(file, sizeof(file), "../../kernels/%s.txt", kernel);
	ret = vmsa_text_read(dir, file, &t, err);
	if (ret)
		return ret;
	at = t.data;
	while ((line = vmsa_text_line(&at))) {
		char name[64];
		unsigned long long offset;

		if (sscanf(line, "%63s %*x %llx", name, &offset) != 2)
			continue;
		for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]);
		     i++) {
			if (!strcmp(symbols[i].name, name))
				*symbols[i].to = offset;
		}
	}
	free(t.data);
	return 0;
}

/*
 * The device tree as the kernel got it, and the arguments, which QEMU passed
 * beside it.
 */
static int read_machine(struct vmsa_case *c, const char *bootargs,
			struct vmsa_error *err)
{
	struct text t;
	int ret;

	ret = vmsa_text_read(c->dir, "machine.dtb.zst", &t, err);
	if (ret)
		return ret;
	ret = vmsa_machine_from_blob(t.data, t.size, t.name, &c->machine, err);
	free(t.data);
	return ret ? ret : vmsa_machine_set_bootargs(c->machine, bootargs);
}

/* MIDR of a QEMU CPU with its options; 0, on no list, if there is none. */
static uint32_t midr_of(const char *cpu)
{
	const char *midr = strstr(cpu, "midr=");

	return midr ? (uint32_t)strtoul(midr + 5, NULL, 0) : 0;
}

/*
 * The CPUs: their MIDRs from case.txt, the rest from CPU 0's registers, the
 * only ones that are recorded.
 */
static int set_cpus(struct vmsa_case *c, const struct case_text *text,
		    const struct stage *s)
{
	const struct vmsa_id_registers id = { .mmfr0 = s->mmfr0,
					      .mmfr2 = s->mmfr2 };
	struct vmsa_features has;
	size_t n;
	struct vmsa_cpu v = vmsa_machine_cpus(c->machine, &n)[0];
	int ret = 0;

	vmsa_features_from_id(&id, &has);
	v.bbm_level = has.bbm;
	v.pa_bits = has.pa_bits;
	v.lva = has.lva;
	v.lpa2 = c->kernel.granule_shift == 12 ? has.lpa2_4k : has.lpa2_16k;
	v.e0pd = has.e0pd;
	for (size_t i = 0; i < n && !ret; i++) {
		v.midr = midr_of(i && text->cpu1[0] ? text->cpu1 : text->cpu);
		ret = vmsa_machine_set_cpu(c->machine, i, &v);
	}
	return ret;
}

/* For qsort(). */
static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/*
 * Stages sort by their number, two digits.  Names too long are nobody's stages.
 */
static int list_stages(struct vmsa_case *c, struct vmsa_error *err)
{
	static const char end[] = ".pt.zst";
	DIR *dir = opendir(c->dir);
	const struct dirent *d;

	if (!dir) {
		const int ret = -errno;

		return vmsa_error_at(err, c->dir, NULL, 0, ret, "%s",
				     strerror(-ret));
	}
	while ((d = readdir(dir)) && c->nr_stages < MAX_STAGES) {
		const size_t n = strlen(d->d_name);

		if (n <= strlen(end) || n - strlen(end) >= 64 ||
		    strcmp(d->d_name + n - strlen(end), end))
			continue;
		memcpy(c->stages[c->nr_stages++], d->d_name, n - strlen(end));
	}
	closedir(dir);
	if (!c->nr_stages)
		return vmsa_error_at(
			err, c->dir, NULL, 0, -ENOENT,
			"no stage (NN-NAME.pt.zst) in this folder");
	qsort(c->stages, c->nr_stages, sizeof(c->stages[0]), by_name);
	return 0;
}

/* A case goes by its folder's name, slashes at the end or not. */
static void set_name(struct vmsa_case *c, const char *dir)
{
	const char *slash;
	size_t n = strlen(dir);

	memcpy(c->dir, dir, n + 1);
	while (n > 1 && c->dir[n - 1] == '/')
		c->dir[--n] = '\0';
	slash = strrchr(c->dir, '/');
	snprintf(c->name, sizeof(c->name), "%s", slash ? slash + 1 : c->dir);
}

/* In the order in which one needs the other. */
static int read_all(struct vmsa_case *c, struct vmsa_error *err)
{
	struct case_text text;
	struct stage s;
	int ret;

	ret = read_case_text(c->dir, &text, err);
	if (ret)
		return ret;
	if (parse_kernel_name(text.kernel, &c->kernel))
		return vmsa_error_at(err, c->dir, NULL, 0, -EINVAL,
				     "case.txt: no such kernel as \"%s\"",
				     text.kernel);
	ret = read_symbols(c->dir, text.kernel, &c->kernel.image, err);
	if (!ret)
		ret = list_stages(c, err);
	if (!ret)
		ret = read_machine(c, text.bootargs, err);
	if (!ret)
		ret = vmsa_stage_read(c, 0, &s, err);
	if (ret)
		return ret;
	c->image = s.kernel_pa;
	ret = set_cpus(c, &text, &s);
	free(s.lines);
	return ret;
}

int vmsa_case_open(const char *dir, struct vmsa_case **out,
		   struct vmsa_error *err)
{
	struct vmsa_case *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	if (strlen(dir) >= sizeof(c->dir)) {
		free(c);
		return vmsa_error_at(err, dir, NULL, 0, -ENAMETOOLONG, "%s",
				     strerror(ENAMETOOLONG));
	}
	set_name(c, dir);
	ret = read_all(c, err);
	if (ret) {
		vmsa_case_close(c);
		return ret;
	}
	*out = c;
	return 0;
}

void vmsa_case_close(struct vmsa_case *c)
{
	if (!c)
		return;
	vmsa_machine_destroy(c->machine);
	free(c);
}

const char *vmsa_case_name(const struct vmsa_case *c)
{
	return c->name;
}

size_t vmsa_case_stages(const struct vmsa_case *c)
{
	return c->nr_stages;
}

const char *vmsa_case_stage_name(const struct vmsa_case *c, size_t stage)
{
	return c->stages[stage];
}

/* A system as the recorded one was before map_mem. */
int vmsa_case_boot(const struct vmsa_case *c, vmsa_linux_map_fn on_map,
		   void *arg, struct vmsa_linux **out, struct vmsa_error *err)
{
	const struct vmsa_linux_config config = {
		.kernel = &c->kernel,
		.machine = c->machine,
		.image = c->image,
		.on_map = on_map,
		.on_map_arg = arg,
	};

	return vmsa_linux_create(&config, out, err);
}

/* Tables as recorded instead of ones we built. */
int vmsa_case_load(const struct vmsa_case *c, size_t stage,
		   struct vmsa_linux **out, struct vmsa_error *err)
{
	struct vmsa_linux *l = NULL;
	struct stage s;
	int ret;

	ret = vmsa_stage_read(c, stage, &s, err);
	if (ret)
		return ret;
	ret = vmsa_case_boot(c, NULL, NULL, &l, err);
	if (!ret)
		ret = vmsa_stage_load(&s, l, err);
	free(s.lines);
	if (ret)
		vmsa_linux_destroy(l);
	else
		*out = l;
	return ret;
}
