/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log_read.c - a log as a stream of lines
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bbm/log_sexp.h"
#include "error.h"

/* What is read of a file at a time; a line may be as long. */
#define BUFFER (UINT64_C(1) << 18)

int vmsa_log_bad(const struct vmsa_log *log, struct vmsa_error *err,
		 const char *fmt, ...)
{
	char text[sizeof(err->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return vmsa_error_at(err, log->name, "line", log->line, -EINVAL, "%s",
			     text);
}

/* --- lifetime ------------------------------------------------------------ */

static struct vmsa_log *new_log(const char *name)
{
	struct vmsa_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->name = strdup(name);
	if (!log->name) {
		free(log);
		return NULL;
	}
	vmsa_tlbi_names_init(&log->tlbi);
	return log;
}

void vmsa_log_close(struct vmsa_log *log)
{
	if (!log)
		return;
	if (log->in)
		fclose(log->in);
	vmsa_sexp_free(log->sexp);
	vmsa_shadow_free(&log->shadow);
	vmsa_words_free(&log->sources);
	vmsa_words_free(&log->operations);
	free(log->geometry);
	free(log->id);
	free(log->buffer);
	free(log->name);
	free(log);
}

/* What is left moves to the front, and the rest of the buffer is filled. */
static int refill(struct vmsa_log *log, struct vmsa_error *err)
{
	if (!log->in || log->at_end)
		return 0;
	memmove(log->buffer, log->text, log->size);
	log->text = log->buffer;
	log->size +=
		fread(log->buffer + log->size, 1, BUFFER - log->size, log->in);
	if (log->size == BUFFER)
		return 0;
	if (ferror(log->in))
		return vmsa_error_at(err, log->name, NULL, 0, -EIO,
				     "cannot be read");
	log->at_end = true;
	return 0;
}

/* Casemate's traces start with a parenthesis. */
static int choose_format(struct vmsa_log *log)
{
	size_t i = 0;

	while (i < log->size && isspace((unsigned char)log->text[i]))
		i++;
	if (i == log->size || log->text[i] != '(')
		return 0;
	return vmsa_sexp_create(&log->sexp);
}

int vmsa_log_parse(const struct vmsa_log_text *text, struct vmsa_log **out)
{
	struct vmsa_log *log = new_log(text->name);

	if (!log)
		return -ENOMEM;
	log->text = text->text;
	log->size = text->size;
	log->at_end = true;
	if (choose_format(log)) {
		vmsa_log_close(log);
		return -ENOMEM;
	}
	*out = log;
	return 0;
}

int vmsa_log_open(const char *path, struct vmsa_log **out,
		  struct vmsa_error *err)
{
	struct vmsa_log *log = new_log(path);
	int rc;

	if (!log)
		return -ENOMEM;
	log->in = fopen(path, "rb");
	if (!log->in) {
		rc = -errno;
		vmsa_log_close(log);
		return vmsa_error_at(err, path, NULL, 0, rc, "%s",
				     strerror(-rc));
	}
	log->buffer = malloc(BUFFER);
	log->text = log->buffer;
	rc = log->buffer ? refill(log, err) : -ENOMEM;
	if (!rc)
		rc = choose_format(log);
	if (rc) {
		vmsa_log_close(log);
		return rc;
	}
	*out = log;
	return 0;
}

uint64_t vmsa_log_line(const struct vmsa_log *log)
{
	return log->line;
}

const char *vmsa_log_source(const struct vmsa_log *log, uint32_t source)
{
	return source && source <= log->sources.n
		       ? log->sources.word[source - 1]
		       : NULL;
}

/* --- lines --------------------------------------------------------------- */

/* 1: a line, without its end; 0: no more. */
static int next_line(struct vmsa_log *log, struct piece *out,
		     struct vmsa_error *err)
{
	const char *end = log->size ? memchr(log->text, '\n', log->size) : NULL;

	if (!end && !log->at_end) {
		const int rc = refill(log, err);

		if (rc)
			return rc;
		end = log->size ? memchr(log->text, '\n', log->size) : NULL;
	}
	if (!log->size)
		return 0;
	log->line++;
	if (!end && !log->at_end)
		return vmsa_log_bad(log, err, "longer than %u bytes",
				    (unsigned)BUFFER);
	out->p = log->text;
	out->n = end ? (size_t)(end - log->text) : log->size;
	log->text += out->n + (end != NULL);
	log->size -= out->n + (end != NULL);
	return 1;
}

int vmsa_log_next(struct vmsa_log *log, struct vmsa_log_item *item,
		  struct vmsa_error *err)
{
	struct piece line;
	int rc;

	if (log->has_run)
		return vmsa_log_take_run(log, item);
	if (log->sexp && vmsa_sexp_has_more(log->sexp))
		return vmsa_sexp_more(log, item);
	do {
		rc = next_line(log, &line, err);
		if (!rc && log->sexp)
			return vmsa_sexp_end(log, err);
		if (rc <= 0)
			return rc;
		rc = log->sexp ? vmsa_sexp_line(log, line, item, err)
			       : vmsa_log_parse_line(log, line, item, err);
	} while (!rc);
	return rc;
}

int vmsa_log_add_tables(struct vmsa_log *log, unsigned id,
			const struct vmsa_check_tables *tables,
			struct vmsa_log_item *item)
{
	const unsigned n = log->nr_tables;
	struct vmsa_geometry *g = realloc(log->geometry, (n + 1) * sizeof(*g));
	unsigned *ids;

	if (!g)
		return -ENOMEM;
	log->geometry = g;
	ids = realloc(log->id, (n + 1) * sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	log->id = ids;
	g[n] = tables->geometry;
	ids[n] = id;
	log->nr_tables++;
	log->tables = n;
	item->kind = VMSA_LOG_TABLES;
	item->tables = n;
	item->u.tables = *tables;
	item->u.tables.read = vmsa_shadow_read;
	item->u.tables.arg = &log->shadow;
	return 1;
}

/*
 * An event's old descriptors are all equal; where the log's are not, its store
 * becomes several events.
 */
int vmsa_log_take_run(struct vmsa_log *log, struct vmsa_log_item *item)
{
	struct vmsa_event *run = &log->run;
	const unsigned shift =
		vmsa_level_shift(&log->geometry[log->tables], run->level);
	vmsa_desc old = 0;
	uint32_t n = 0;

	for (; n < run->u.store.count; n++) {
		vmsa_desc *d = vmsa_shadow_at(&log->shadow,
					      run->u.store.at + n * sizeof(*d));

		if (!d)
			return -ENOMEM;
		if (n && *d != old)
			break;
		old = *d;
		*d = run->u.store.desc + n * run->u.store.step;
	}
	item->kind = VMSA_LOG_EVENT;
	item->tables = log->tables;
	item->source = log->run_source;
	item->u.event = *run;
	item->u.event.u.store.old = old;
	item->u.event.u.store.count = n;
	run->u.store.at += n * sizeof(vmsa_desc);
	run->u.store.va += (uint64_t)n << shift;
	run->u.store.desc += n * run->u.store.step;
	run->u.store.count -= n;
	log->has_run = run->u.store.count != 0;
	return 1;
}
