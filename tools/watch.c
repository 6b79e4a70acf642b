/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.c - the break-before-make checker beside a script
 */
#include "watch.h"

#include <errno.h>
#include <stdlib.h>

#include "say.h"

void watch_init(struct watch *w, const struct args *args)
{
	*w = (struct watch){ .on = args->check,
			     .bbm = args->machine.bbm,
			     .show = args->show };
}

static void keep(void *arg, const struct vmsa_check_finding *finding)
{
	struct watch *w = arg;
	struct vmsa_check_finding *grown;

	if (w->n >= w->show)
		return;
	grown = realloc(w->found, (w->n + 1) * sizeof(*grown));
	if (!grown) {
		w->ret = -ENOMEM;
		return;
	}
	w->found = grown;
	grown[w->n++] = *finding;
}

static void add(struct watch *w)
{
	struct vmsa_checker_stats s;

	vmsa_checker_stats(w->checker, &s);
	w->stats.events += s.events;
	for (int v = 0; v < VMSA_CHECK_NR_VERDICTS; v++)
		w->stats.verdicts[v] += s.verdicts[v];
	if (!w->ret)
		w->ret = vmsa_checker_finish(w->checker);
}

/* The level unless given: what the kernel thinks of its boot CPU. */
static unsigned level_of(const struct watch *w, const struct vmsa_linux *sys)
{
	if (w->bbm != NOT_GIVEN)
		return (unsigned)w->bbm;
	return vmsa_linux_policy(sys)->boot_cpu_bbm ? 3 : 0;
}

void watch_system(void *arg, const struct vmsa_linux *sys, bool begins)
{
	struct watch *w = arg;
	struct vmsa_checker_config config = { .mair = LINUX_MAIR,
					      .operations =
						      vmsa_linux_operations(),
					      .fn = keep,
					      .arg = w };
	int ret;

	if (!begins) {
		if (w->checker)
			add(w);
		vmsa_checker_destroy(w->checker);
		w->checker = NULL;
		return;
	}
	config.bbm = level_of(w, sys);
	config.bbm_alone = config.bbm;
	ret = vmsa_checker_create(&config, &w->checker);
	if (!ret)
		ret = vmsa_checker_watch(w->checker, vmsa_linux_space(sys),
					 NULL);
	if (!w->ret)
		w->ret = ret;
}

static int finish(struct watch *w)
{
	const struct vmsa_error none = { 0 };

	free(w->found);
	if (w->ret)
		return complain_error("check", w->ret, &none);
	return findings_exit(&w->stats);
}

int watch_print(struct watch *w, const char *file)
{
	struct findings f = { .show = w->show };

	for (size_t i = 0; i < w->n; i++)
		findings_add(&f, &w->found[i]);
	findings_sum(file, &w->stats);
	return finish(w);
}

int watch_write(struct watch *w, struct doc *d)
{
	struct findings f = { .doc = d, .show = w->show };

	doc_object(d, "check");
	doc_array(d, "findings");
	for (size_t i = 0; i < w->n; i++)
		findings_add(&f, &w->found[i]);
	doc_end(d);
	findings_write(&f, &w->stats);
	doc_end(d);
	return finish(w);
}
