/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open.c - open a trace and read its header
 *
 * The header must be whole: without the filters' sizes no record means
 * anything.  All else may be missing; index.c finds what there is.
 */
#include "trace/trace.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "trace/crc32c.h"

int vmsa_trace_read_at(const struct vmsa_trace *trace, uint64_t offset,
		       void *out, size_t size, struct vmsa_error *err)
{
	for (size_t done = 0; done < size;) {
		const ssize_t n = pread(trace->fd, (char *)out + done,
					size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vmsa_error_at(err, trace->path, "byte", offset,
					     -errno, "cannot be read: %s",
					     strerror(errno));
		if (!n)
			return vmsa_error_at(err, trace->path, "byte",
					     offset + done, -EBADMSG,
					     "the file ends here");
		done += (size_t)n;
	}
	return 0;
}

/* The header says something that cannot be. */
static int bad_header(const struct vmsa_trace *t, uint64_t offset, int code,
		      const char *text, struct vmsa_error *err)
{
	return vmsa_error_at(err, t->path, "byte", offset, code, "%s", text);
}

/* Cut "key=value" lines in place.  False if one has no '='. */
static bool split_lines(struct vmsa_trace *t)
{
	for (char *p = t->text; *p; t->lines++) {
		char *end = strchr(p, '\n');
		char *equals = strchr(p, '=');

		if (!end || !equals || equals > end)
			return false;
		*equals = '\0';
		*end = '\0';
		t->line[2 * t->lines] = p;
		t->line[2 * t->lines + 1] = equals + 1;
		p = end + 1;
	}
	return true;
}

/* The text is under the header's CRC; it must be there in full. */
static int read_text(struct vmsa_trace *t, const uint8_t *header, size_t size,
		     struct vmsa_error *err)
{
	size_t lines = 0;
	uint32_t crc;
	int ret;

	t->text = malloc(size + 1);
	if (!t->text)
		return -ENOMEM;
	ret = vmsa_trace_read_at(t, VMSA_TRACE_HEADER_BYTES, t->text, size,
				 err);
	if (ret)
		return ret;
	t->text[size] = '\0';
	crc = vmsa_crc32c(0, header, 28);
	if (vmsa_crc32c(crc, t->text, size) != get_le32(header + 28))
		return bad_header(t, 28, -EBADMSG, "the header is damaged",
				  err);
	for (size_t i = 0; i < size; i++)
		lines += t->text[i] == '\n';
	t->line = calloc(lines + 1, 2 * sizeof(*t->line));
	if (!t->line)
		return -ENOMEM;
	if (strlen(t->text) != size || !split_lines(t))
		return bad_header(t, VMSA_TRACE_HEADER_BYTES, -EBADMSG,
				  "the header's text is not key=value lines",
				  err);
	return 0;
}

/* Judge the fixed part before it is used to find the rest. */
static int read_header(struct vmsa_trace *t, struct vmsa_error *err)
{
	uint8_t h[VMSA_TRACE_HEADER_BYTES];
	uint32_t text;
	int ret = vmsa_trace_read_at(t, 0, h, sizeof(h), err);

	if (ret)
		return ret;
	if (memcmp(h, VMSA_TRACE_MAGIC, 8) != 0)
		return bad_header(t, 0, -EBADMSG, "this is no trace", err);
	if (get_le32(h + 8) != VMSA_TRACE_VERSION)
		return bad_header(t, 8, -ENOTSUP,
				  "the trace is of another version", err);
	text = get_le32(h + 12);
	t->cpus = get_le32(h + 16);
	t->data_filter = (unsigned)get_le(h + 20, 2);
	t->fetch_filter = (unsigned)get_le(h + 22, 2);
	if (text > VMSA_TRACE_TEXT_MAX || !t->cpus ||
	    t->cpus > VMSA_TRACE_MAX_CPUS ||
	    t->data_filter > VMSA_TRACE_MAX_FILTER ||
	    t->fetch_filter > VMSA_TRACE_MAX_FILTER)
		return bad_header(t, 12, -EBADMSG,
				  "the header has impossible numbers", err);
	t->blocks_start = VMSA_TRACE_HEADER_BYTES + text;
	return read_text(t, h, text, err);
}

static int open_file(struct vmsa_trace *t, const char *path,
		     struct vmsa_error *err)
{
	struct stat st;

	t->path = strdup(path);
	if (!t->path)
		return -ENOMEM;
	t->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (t->fd < 0 || fstat(t->fd, &st))
		return vmsa_error_at(err, path, NULL, 0, -errno,
				     "cannot be opened: %s", strerror(errno));
	t->size = (uint64_t)st.st_size;
	return 0;
}

static int open_all(struct vmsa_trace *t, const char *path,
		    struct vmsa_error *err)
{
	int ret = open_file(t, path, err);

	if (!ret)
		ret = read_header(t, err);
	if (ret)
		return ret;
	t->totals = calloc(t->cpus, sizeof(*t->totals));
	t->list = calloc(t->cpus, sizeof(*t->list));
	if (!t->totals || !t->list)
		return -ENOMEM;
	return vmsa_trace_load_index(t, err);
}

int vmsa_trace_open(const char *path, struct vmsa_trace **out,
		    struct vmsa_error *err)
{
	struct vmsa_trace *t = calloc(1, sizeof(*t));
	int ret = -ENOMEM;

	if (t) {
		t->fd = -1;
		ret = open_all(t, path, err);
	}
	if (ret) {
		vmsa_trace_close(t);
		if (ret == -ENOMEM)
			vmsa_error_at(err, path, NULL, 0, ret,
				      "not enough memory");
		return ret;
	}
	*out = t;
	return 0;
}

void vmsa_trace_close(struct vmsa_trace *trace)
{
	if (!trace)
		return;
	for (unsigned i = 0; trace->list && i < trace->cpus; i++)
		free(trace->list[i].block);
	if (trace->fd >= 0)
		close(trace->fd);
	free(trace->list);
	free(trace->totals);
	free(trace->line);
	free(trace->text);
	free(trace->path);
	free(trace);
}

int vmsa_trace_damage(const struct vmsa_trace *trace, struct vmsa_error *err)
{
	if (!trace->damaged)
		return 0;
	if (err)
		*err = trace->damage;
	return -EBADMSG;
}

unsigned vmsa_trace_cpus(const struct vmsa_trace *trace)
{
	return trace->cpus;
}

unsigned vmsa_trace_data_filter(const struct vmsa_trace *trace)
{
	return trace->data_filter;
}

unsigned vmsa_trace_fetch_filter(const struct vmsa_trace *trace)
{
	return trace->fetch_filter;
}

const struct vmsa_trace_totals *vmsa_trace_totals(
	const struct vmsa_trace *trace, unsigned cpu)
{
	return cpu < trace->cpus ? &trace->totals[cpu] : NULL;
}
