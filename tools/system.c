/* SPDX-License-Identifier: BSD-2-Clause */
#include "system.h"

#include <errno.h>
#include <string.h>

#include "data.h"
#include "say.h"
#include "vmsa/recorded.h"

/* Where CPU models lie among the bundled data. */
#define MODELS "machines/cpus"

/* On every kernel's list of CPUs that resize live mappings: AmpereOne. */
#define LISTED_MIDR 0xc00fac30u

/* A bare name is a bundled machine, whatever lies in this folder. */
static bool is_file(const char *name)
{
	const size_t n = strlen(name);

	return strchr(name, '/') || (n > 4 && !strcmp(name + n - 4, ".dtb"));
}

/* Name the word, and what would have been right. */
static int no_such(const char *what, const char *name, const char *kind)
{
	struct data_names names;
	char text[512];
	int ret;

	data_list(kind, ".dtb", &names);
	ret = complain("there is no %s '%s'; bundled: %s", what, name,
		       data_names_text(&names, text));
	data_names_free(&names);
	return ret;
}

/* By name or by file; a broken tree is told by node and property. */
static int read_machine(const char *name, struct vmsa_machine **out)
{
	char path[MAX_PATH_TEXT];
	struct vmsa_error err = { 0 };
	int ret;

	if (!is_file(name)) {
		if (!data_find("machines", name, ".dtb", path))
			return no_such("machine", name, "machines");
		name = path;
	}
	ret = vmsa_machine_read(name, out, &err);
	return ret ? complain_error(name, ret, &err) : EXIT_DONE;
}

/* "cortex-a72" of "arm,cortex-a72". */
static bool is_model(const struct vmsa_cpu *cpu, const char *name)
{
	const char *comma = strchr(cpu->compatible, ',');

	return !strcmp(cpu->compatible, name) ||
	       (comma && !strcmp(comma + 1, name));
}

/* The first model, in alphabetical order, that is compatible with @name. */
static bool find_compatible(const char *name, struct vmsa_cpu *out)
{
	struct data_names names;
	char path[MAX_PATH_TEXT];
	bool found = false;

	data_list(MODELS, ".dtb", &names);
	for (size_t i = 0; i < names.n && !found; i++) {
		struct vmsa_cpu cpu;

		found = data_find(MODELS, names.v[i], ".dtb", path) &&
			!vmsa_cpu_read(path, &cpu, NULL) &&
			is_model(&cpu, name);
		if (found)
			*out = cpu;
	}
	data_names_free(&names);
	return found;
}

/* A CPU model by name, file or compatible; or a machine's boot CPU. */
static int find_cpu(const char *name, struct vmsa_cpu *out)
{
	char path[MAX_PATH_TEXT];
	struct vmsa_error err = { 0 };
	int ret;

	if (!is_file(name)) {
		if (!data_find(MODELS, name, ".dtb", path) &&
		    !data_find("machines", name, ".dtb", path))
			return find_compatible(name, out)
				       ? EXIT_DONE
				       : no_such("CPU", name, MODELS);
		name = path;
	}
	ret = vmsa_cpu_read(name, out, &err);
	return ret ? complain_error(name, ret, &err) : EXIT_DONE;
}

/* All CPUs alike: a mixed machine needs a tree of its own. */
static int change_cpus(const struct machine_args *args,
		       struct vmsa_machine *machine)
{
	struct vmsa_cpu other = { 0 };
	size_t n;
	const struct vmsa_cpu *cpus = vmsa_machine_cpus(machine, &n);

	if (args->cpu && find_cpu(args->cpu, &other))
		return EXIT_BAD;
	for (size_t i = 0; i < n; i++) {
		struct vmsa_cpu cpu = args->cpu ? other : cpus[i];

		if (args->bbm != NOT_GIVEN) {
			cpu.bbm_level = (unsigned)args->bbm;
			cpu.bbm_no_abort = args->bbm == 3;
			/* Kernels go by their list of MIDRs as well. */
			cpu.midr = args->bbm == 3 ? LISTED_MIDR : 0;
		}
		vmsa_machine_set_cpu(machine, i, &cpu);
	}
	return EXIT_DONE;
}

/* Memory, arguments, CPUs: what the options replace in the tree. */
static int change_machine(const struct machine_args *args,
			  struct vmsa_machine *machine)
{
	int ret = 0;

	if (args->memory != NOT_GIVEN)
		ret = vmsa_machine_set_memory(machine, args->memory);
	if (ret)
		return complain("--memory: no bank of that size fits below "
				"2^64");
	if (args->bootargs)
		ret = vmsa_machine_set_bootargs(machine, args->bootargs);
	if (ret)
		return complain("--bootargs: %s", strerror(-ret));
	return change_cpus(args, machine);
}

int system_open(const struct machine_args *args, struct system *out)
{
	struct system s = { 0 };

	if (vmsa_linux_kernel_default((enum vmsa_linux_version)args->version,
				      (unsigned)args->granule_shift,
				      (unsigned)args->va_bits, &s.kernel))
		return complain("Linux has no kernel with %uk pages and "
				"--va-bits %llu",
				1u << (args->granule_shift - 10),
				(unsigned long long)args->va_bits);
	if (read_machine(args->machine, &s.machine))
		return EXIT_BAD;
	if (change_machine(args, s.machine)) {
		system_close(&s);
		return EXIT_BAD;
	}
	*out = s;
	return EXIT_DONE;
}

int system_boot(struct system *system, enum vmsa_linux_mapping mapping)
{
	const struct vmsa_linux_config config = {
		.kernel = &system->kernel,
		.machine = system->machine,
		.image = VMSA_NO_PA,
		.mapping = mapping,
		.huge_pages = true,
	};
	const char *name = vmsa_machine_name(system->machine);
	struct vmsa_error err = { 0 };
	int ret;

	vmsa_linux_destroy(system->linux_system);
	system->linux_system = NULL;
	ret = vmsa_linux_create(&config, &system->linux_system, &err);
	if (ret)
		return complain_error(name, ret, &err);
	ret = vmsa_linux_map_mem(system->linux_system);
	if (ret == -ENOTRECOVERABLE)
		return complain("%s: the kernel would stop at a BUG() here",
				name);
	if (ret)
		return complain("%s: the linear map does not fit: %s", name,
				strerror(-ret));
	return EXIT_DONE;
}

/* The named stage, else the last. */
static int find_stage(const struct vmsa_case *c, const struct case_args *args,
		      size_t *out)
{
	const size_t n = vmsa_case_stages(c);

	if (!n)
		return complain("%s: the case has no stage", args->dir);
	*out = n - 1;
	if (!args->stage)
		return EXIT_DONE;
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(vmsa_case_stage_name(c, i), args->stage)) {
			*out = i;
			return EXIT_DONE;
		}
	}
	return complain("%s has no stage '%s'; the last is %s", args->dir,
			args->stage, vmsa_case_stage_name(c, n - 1));
}

int system_load(const struct case_args *args, struct system *out)
{
	struct vmsa_error err = { 0 };
	struct vmsa_case *c;
	size_t stage = 0;
	int ret;

	*out = (struct system){ 0 };
	ret = vmsa_case_open(args->dir, &c, &err);
	if (ret)
		return complain_error(args->dir, ret, &err);
	ret = find_stage(c, args, &stage);
	if (!ret) {
		ret = vmsa_case_load(c, stage, &out->linux_system, &err);
		if (ret)
			ret = complain_error(args->dir, ret, &err);
	}
	vmsa_case_close(c);
	if (!ret)
		out->kernel = *vmsa_linux_kernel(out->linux_system);
	return ret;
}

int system_open_tables(const struct machine_args *machine,
		       const struct case_args *recorded, struct system *out)
{
	int ret;

	if (recorded->dir)
		return system_load(recorded, out);
	if (recorded->stage)
		return complain("--stage belongs to --case");
	ret = system_open(machine, out);
	return ret ? ret : system_boot(out, mapping_of(machine));
}

void system_close(struct system *system)
{
	vmsa_linux_destroy(system->linux_system);
	vmsa_machine_destroy(system->machine);
	*system = (struct system){ 0 };
}
