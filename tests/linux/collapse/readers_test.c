/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * readers_test.c - walkers without a lock beside split and collapse
 *
 * Tables come, go and are used again under walks; none may ever see anything
 * but the one translation there is.
 */
#include "linux/collapse/world.h"

#include <pthread.h>

#define NR_READERS 2
#define NR_ROUNDS  300
#define NR_WALKS   1000

struct reader {
	const struct vmsa_linux *l;
	uint64_t seed, wrong;
	uint64_t walks; /* atomic */
	bool *stop;     /* atomic */
};

static struct {
	struct reader reader[NR_READERS];
	bool stop;
} shared;

static void *read_all_the_time(void *arg)
{
	struct reader *r = arg;
	const struct vmsa_space *s = vmsa_linux_space(r->l);

	while (!__atomic_load_n(r->stop, __ATOMIC_RELAXED)) {
		const uint64_t off = GIB + test_rand(&r->seed) % GIB;
		struct vmsa_translation t;
		int ret;

		ret = vmsa_translate(s, 0xffff000000000000 + off, &t);
		__atomic_add_fetch(&r->walks, 1, __ATOMIC_RELAXED);
		r->wrong += ret || t.fault || t.pa != RAM + off ||
			    (t.desc & 0x00e80000000007fd) != 0x00e8000000000705;
	}
	return NULL;
}

/*
 * Has each reader been around often enough to have met something?  A busy
 * machine may take longer to start a thread than all rounds do.
 */
static bool all_have_walked(void)
{
	for (int i = 0; i < NR_READERS; i++) {
		if (__atomic_load_n(&shared.reader[i].walks, __ATOMIC_RELAXED) <
		    NR_WALKS)
			return false;
	}
	return true;
}

static void split_and_collapse(struct vmsa_linux *l, uint64_t *seed)
{
	const vmsa_va base = 0xffff000000000000 + GIB;

	for (int i = 0; i < NR_ROUNDS || !all_have_walked(); i++) {
		const vmsa_va va = base + test_rand(seed) % GIB / MIB * MIB;

		assert_int_equal(vmsa_linux_split(l, va + 0x5000, va + 0x9000),
				 0);
		if (i % 4 == 0)
			assert_int_equal(vmsa_linux_split_to_pages(l, va,
								   va + 8 * MIB,
								   VMSA_LATE),
					 0);
		assert_int_equal(vmsa_linux_collapse(l, base, base + GIB,
						     &in_place, NULL),
				 0);
	}
}

static void readers_never_see_anything_else(void **state)
{
	static const struct world k4 = { VMSA_LINUX_V7_3, 12, 48,
					 .size = 4 * GIB };
	struct vmsa_linux *l = world_boot(&k4);
	pthread_t thread[NR_READERS];
	uint64_t seed = 99;

	(void)state;
	for (int i = 0; i < NR_READERS; i++) {
		shared.reader[i] = (struct reader){ .l = l,
						    .seed = 7u + (unsigned)i,
						    .stop = &shared.stop };
		assert_int_equal(pthread_create(&thread[i], NULL,
						read_all_the_time,
						&shared.reader[i]),
				 0);
	}
	split_and_collapse(l, &seed);
	__atomic_store_n(&shared.stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < NR_READERS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(shared.reader[i].wrong, 0);
	}
	vmsa_linux_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_never_see_anything_else),
	};

	return cmocka_run_group_tests_name("linux_collapse_readers", tests,
					   NULL, NULL);
}
