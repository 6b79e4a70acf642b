/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify.c - vmsa verify: our boot against recorded kernels, stage by stage
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "json.h"
#include "progress.h"
#include "say.h"
#include "vmsa/recorded.h"

/* The case at work, and where its verdicts go. */
struct verifier {
	const struct vmsa_case *c;
	struct doc *doc; /* NULL: text */
	FILE *details;   /* what the library writes of differences */
	char *text;      /* and has written so far */
	size_t size;
	uint64_t stages; /* compared so far, of all cases */
	int ret;         /* exit code so far */
};

/* One stage, with the differences as the library wrote them. */
static void write_verdict(struct verifier *v, const struct vmsa_verdict *w)
{
	doc_object(v->doc, NULL);
	doc_text(v->doc, "case", vmsa_case_name(v->c));
	doc_text(v->doc, "stage", w->stage);
	doc_count(v->doc, "leaves", w->leaves);
	doc_count(v->doc, "tables", w->tables);
	doc_count(v->doc, "differences", w->differences);
	doc_text(v->doc, "details", v->text);
	doc_end(v->doc);
}

/* The line scripts look for, then the differences. */
static void print_verdict(const struct verifier *v,
			  const struct vmsa_verdict *w)
{
	printf("%s %s ", vmsa_case_name(v->c), w->stage);
	if (w->differences)
		printf("differs: %" PRIu64 " differences (%" PRIu64
		       " leaves)\n%s",
		       w->differences, w->leaves, v->text);
	else
		printf("identical (%" PRIu64 " leaves)\n", w->leaves);
	fflush(stdout);
}

/* After each stage; the library has written its differences by then. */
static int on_verdict(void *arg, const struct vmsa_verdict *w)
{
	struct verifier *v = arg;

	fflush(v->details);
	if (v->doc)
		write_verdict(v, w);
	else
		print_verdict(v, w);
	v->stages++;
	if (w->differences)
		v->ret = worse_of(v->ret, EXIT_NO);
	/* The next stage's differences start afresh. */
	rewind(v->details);
	fflush(v->details);
	return 0;
}

/* One folder; what does not parse is told by file and line. */
static int verify_case(struct verifier *v, const char *dir, uint64_t show)
{
	const struct vmsa_verify how = {
		.verdict = on_verdict,
		.arg = v,
		.differences = v->details,
		.max_shown = show > UINT_MAX ? UINT_MAX : (unsigned)show,
	};
	struct vmsa_error err = { 0 };
	struct vmsa_case *c;
	int ret;

	ret = vmsa_case_open(dir, &c, &err);
	if (ret)
		return complain_error(dir, ret, &err);
	v->c = c;
	ret = vmsa_case_verify(c, &how, &err);
	vmsa_case_close(c);
	return ret ? complain_error(dir, ret, &err) : EXIT_DONE;
}

/* A damaged case does not keep the others from being compared. */
static int verify_all(struct verifier *v, const struct args *args)
{
	struct progress p;

	progress_start(&p, "verify", (uint64_t)args->nr_operands);
	for (int i = 0; i < args->nr_operands; i++) {
		progress_show(&p, (uint64_t)i);
		v->ret = worse_of(v->ret, verify_case(v, args->operands[i],
						      args->show));
	}
	progress_end(&p);
	return v->ret;
}

static int run(const struct args *args)
{
	struct verifier v = { 0 };
	struct doc *doc = NULL;
	int ret;

	v.details = open_memstream(&v.text, &v.size);
	if (!v.details)
		return complain("out of memory");
	if (args->json) {
		doc = v.doc = doc_open();
		doc_array(doc, "stages");
	}
	ret = verify_all(&v, args);
	if (args->json) {
		doc_end(doc);
		doc_bool(doc, "identical", ret == EXIT_DONE);
		ret = worse_of(ret, doc_close(doc, stdout));
	}
	fclose(v.details);
	free(v.text);
	return ret;
}

const struct command verify_command = {
	.name = "verify",
	.operands = "DIR...",
	.min_operands = 1,
	.max_operands = INT_MAX,
	.summary = "Boot recorded machines and compare with the real kernels' "
		   "tables, stage by stage",
	.groups = { &verify_options, &common_options },
	.run = run,
};
