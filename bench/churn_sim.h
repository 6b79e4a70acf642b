/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHURN_SIM_H
#define CHURN_SIM_H
/*
 * churn_sim.h - months of module, BPF and secretmem life on one linear map
 *
 * Units    seconds of simulated time
 */
#include "churn_pages.h"
#include "vmsa/linux.h"

/** struct profile - what goes on on a host; sources in docs/churn.md. */
struct profile {
	const char *name;
	unsigned days;           /* how long it is followed at most */
	double containers_a_day; /* that start */
	unsigned lifetimes;      /* how many rows of the lifetime table hold */
	unsigned modules;        /* loaded at boot and kept */
	double modules_a_day;    /* loaded, and unloaded an hour later */
	unsigned boot_jit;       /* bytes of BPF code loaded at boot */
	unsigned container_jit;  /* bytes a container brings */
	unsigned secret_every;   /* one container in so many has secretmem */
	unsigned secret_pages;   /* pages of it */
	double traces_a_day;     /* tracing sessions */
	unsigned trampolines;    /* of a session, a page each */
	unsigned trace_seconds;  /* how long a session lasts */
};

/** profiles - a Kubernetes node, and a host that runs CI jobs. */
extern const struct profile profiles[2];

struct sim;

/** struct sim_config - one run. */
struct sim_config {
	const struct profile *profile;
	enum placement placement;
	enum vmsa_collapse_policy policy;
	unsigned threshold; /* of a batch, in changes */
	uint64_t period;    /* of PERIODIC, seconds */
	uint64_t seed;
};

/** sim_create() - what has happened by the end of boot; NULL on error. */
struct sim *sim_create(struct vmsa_linux *l, struct vmsa_range bank,
		       const struct sim_config *config);

/** sim_destroy() - and forget it. */
void sim_destroy(struct sim *sim);

/** sim_run() - live until @until; 0 or the first error of the library. */
int sim_run(struct sim *sim, uint64_t until);

/** struct sim_costs - since the system booted. */
struct sim_costs {
	struct vmsa_counters churn;    /* of the permission changes */
	struct vmsa_counters collapse; /* of the collapses */
	struct vmsa_collapse_stats stats;
	uint64_t calls;   /* collapses of a range */
	uint64_t changed; /* pages whose permission changed */
	uint64_t live;    /* pages that are not as boot made them */
};

/** sim_costs() - what it took so far. */
void sim_costs(const struct sim *sim, struct sim_costs *out);

#endif /* CHURN_SIM_H */
