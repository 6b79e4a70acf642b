/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memory_test.c - a machine when the host runs out of memory
 *
 * The linker puts these in front of the C library's allocators (--wrap), so
 * that the n-th request can be refused, n = 1, 2, ...  Under AddressSanitizer
 * what a failure leaves behind is reported as a leak.
 */
#include "support/vmsa_test.h"

#include <errno.h>
#include <libfdt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/trees.h"

/* Requests until one is refused; 0: none will be. */
static unsigned countdown;

static bool refused(void)
{
	return countdown && !--countdown;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return refused() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *text)
{
	return refused() ? NULL : __real_strdup(text);
}

/* Any of the requests a blob needs may fail; none of them is then missed. */
static void each_allocation_of_a_blob_may_fail(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	unsigned n, failures = 0;

	(void)state;
	build_tree(blob);
	for (n = 1; failures == n - 1; n++) {
		struct vmsa_machine *m = NULL;
		struct vmsa_error err = { .text = "" };
		int rc;

		countdown = n;
		rc = vmsa_machine_from_blob(blob, sizeof(blob), "x", &m, &err);
		countdown = 0;
		if (rc) {
			assert_int_equal(rc, -ENOMEM);
			assert_string_equal(err.text, "out of memory");
			assert_null(m);
			failures++;
		}
		vmsa_machine_destroy(m);
	}
	/* Blob, machine, name, banks (5 + sort), regions (5 + block), CPUs. */
	assert_in_range(failures, 12, 24);
}

/* A file needs a buffer first, but can do without the smaller one. */
static void each_allocation_of_a_file_may_fail(void **state)
{
	char path[512];
	struct vmsa_machine *m = NULL;
	unsigned good = 0, n;

	(void)state;
	vmsa_machine_path("machines", "qemu-virt", path, sizeof(path));
	assert_int_equal(chdir(getenv("VMSA_BUILD_ROOT")), 0);
	for (n = 1; n <= 30; n++) {
		int rc;

		countdown = n;
		rc = vmsa_machine_read(path, &m, NULL);
		countdown = 0;
		/* The system's own requests, for the FILE, fail as it likes. */
		assert_true(rc == 0 || rc == -ENOMEM);
		good += rc == 0;
		if (rc == 0)
			vmsa_machine_destroy(m);
	}
	assert_true(good > 1 && good < n - 5);
}

/* The old command line survives a failure to set another. */
static void failed_bootargs_change_nothing(void **state)
{
	_Alignas(8) char blob[TREE_SPACE];
	struct vmsa_machine *m = NULL;

	(void)state;
	build_tree(blob);
	assert_int_equal(
		vmsa_machine_from_blob(blob, sizeof(blob), "x", &m, NULL), 0);
	countdown = 1;
	assert_int_equal(vmsa_machine_set_bootargs(m, "debug"), -ENOMEM);
	assert_string_equal(vmsa_machine_chosen(m)->bootargs, "quiet");
	vmsa_machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_of_a_blob_may_fail),
		cmocka_unit_test(each_allocation_of_a_file_may_fail),
		cmocka_unit_test(failed_bootargs_change_nothing),
	};

	return cmocka_run_group_tests_name("machine memory", tests, NULL, NULL);
}
