/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * load.c - a client for memcached's text protocol
 *
 *	load KEYS CONNECTIONS WARM TOTAL SET_PERCENT IN_FLIGHT [DELAY_US]
 *
 * Fills the server with KEYS values, opens CONNECTIONS, and keeps IN_FLIGHT
 * requests going, each on a random idle connection, with uniform keys, until
 * TOTAL are done.  After WARM of them a guest starts its recording; on another
 * host that instruction is left out, and the guest starts it itself.  DELAY_US
 * is waited between connections: a user-mode network drops what comes faster.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT      11211
#define VALUE_MAX 8192
#define EVENTS    64

struct connection {
	int fd, is_set;
	char buffer[VALUE_MAX + 256];
	size_t have, need; /* need: 0 while the length is unknown */
};

struct load {
	long keys, connections, warm, total, in_flight;
	unsigned set_percent, delay;
	struct connection *connection;
	long *idle, idle_count;
	int epoll;
	char value[VALUE_MAX];
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t next_random(void)
{
	static uint64_t s = 88172645463325252u;

	s ^= s << 13;
	s ^= s >> 7;
	s ^= s << 17;
	return s;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccdu;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53u;
	return x ^ x >> 33;
}

/* 40 % small, 50 % medium, 10 % large; always the same for a key. */
static unsigned value_size(uint64_t key)
{
	const unsigned h = mix(key) % 100;
	const uint64_t x = mix(key + 7);

	if (h < 40)
		return 64 + x % 400;
	return h < 90 ? 512 + x % 1024 : 2048 + x % 4096;
}

static int dial(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int one = 1;

	for (int tries = 0; tries < 200; tries++) {
		const int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0)
			die("socket");
		if (!connect(fd, (const struct sockaddr *)&to, sizeof(to))) {
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one,
				   sizeof(one));
			return fd;
		}
		close(fd);
		usleep(50000);
	}
	die("connect");
	return -1;
}

static void write_all(int fd, const char *data, size_t size)
{
	while (size) {
		const ssize_t n = write(fd, data, size);

		if (n < 0)
			die("write");
		data += n;
		size -= (size_t)n;
	}
}

/* A set command; returns its size.  @to has room for VALUE_MAX + 256. */
static size_t make_set(const struct load *l, uint64_t key, const char *option,
		       char *to)
{
	const unsigned size = value_size(key);
	const int n = sprintf(to, "set key-%016llx 0 0 %u%s\r\n",
			      (unsigned long long)mix(key), size, option);

	memcpy(to + n, l->value, size);
	memcpy(to + n + size, "\r\n", 2);
	return (size_t)n + size + 2;
}

/* All keys, without waiting for answers, and one answer at the end. */
static void fill(const struct load *l)
{
	static char block[1 << 18];
	const int fd = dial();
	size_t n = 0;

	for (long k = 0; k < l->keys; k++) {
		if (n + VALUE_MAX + 256 > sizeof(block)) {
			write_all(fd, block, n);
			n = 0;
		}
		n += make_set(l, (uint64_t)k, " noreply", block + n);
	}
	write_all(fd, block, n);
	write_all(fd, "version\r\n", 9);
	if (read(fd, block, 100) <= 0)
		die("read");
	printf("filled with %ld keys\n", l->keys);
	fflush(stdout);
}

static void open_connections(struct load *l)
{
	l->connection = calloc((size_t)l->connections, sizeof(*l->connection));
	l->idle = calloc((size_t)l->connections, sizeof(*l->idle));
	l->epoll = epoll_create1(0);
	if (!l->connection || !l->idle || l->epoll < 0)
		die("load");
	for (long i = 0; i < l->connections; i++) {
		struct epoll_event e = { .events = EPOLLIN,
					 .data.u64 = (uint64_t)i };
		const int fd = dial();

		fcntl(fd, F_SETFL, O_NONBLOCK);
		epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e);
		l->connection[i].fd = fd;
		l->idle[l->idle_count++] = i;
		if (l->delay)
			usleep(l->delay);
	}
	printf("%ld connections\n", l->connections);
	fflush(stdout);
}

static void send_request(struct load *l)
{
	const long at = (long)(next_random() % (uint64_t)l->idle_count);
	struct connection *c = &l->connection[l->idle[at]];
	const uint64_t key = next_random() % (uint64_t)l->keys;
	char request[VALUE_MAX + 256];
	size_t n;

	l->idle[at] = l->idle[--l->idle_count];
	c->is_set = next_random() % 100 < l->set_percent;
	c->have = c->need = 0;
	n = c->is_set ? make_set(l, key, "", request)
		      : (size_t)sprintf(request, "get key-%016llx\r\n",
					(unsigned long long)mix(key));
	if (write(c->fd, request, n) != (ssize_t)n)
		die("short write");
}

/* "STORED", "END", or "VALUE key 0 SIZE" line, value, "END" line. */
static int is_complete(struct connection *c)
{
	char *line;

	if (c->is_set)
		return c->have >= 8;
	if (c->have >= 5 && !memcmp(c->buffer, "END\r\n", 5))
		return 1;
	line = c->need ? NULL : memchr(c->buffer, '\n', c->have);
	if (line) {
		const char *size = line;

		while (*size != ' ')
			size--;
		c->need = (size_t)(line + 1 - c->buffer) + (size_t)atol(size) +
			  2 + 5;
	}
	return c->need && c->have >= c->need;
}

/* Read what has come; 1 if that ends the answer. */
static int receive(struct connection *c)
{
	const ssize_t n =
		read(c->fd, c->buffer + c->have, sizeof(c->buffer) - c->have);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		die("read");
	c->have += (size_t)n;
	return is_complete(c);
}

static void start_recording(void)
{
	printf("warm\n");
	fflush(stdout);
#ifdef __aarch64__
	__asm__ volatile(".inst 0xd280001f | 0x5101 << 5");
#endif
}

static void run(struct load *l)
{
	struct epoll_event ready[EVENTS];
	long done = 0, flying = 0;

	while (done < l->total) {
		int n;

		for (; flying < l->in_flight && l->idle_count; flying++)
			send_request(l);
		n = epoll_wait(l->epoll, ready, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			const long at = (long)ready[i].data.u64;

			if (!receive(&l->connection[at]))
				continue;
			l->idle[l->idle_count++] = at;
			flying--;
			if (++done == l->warm)
				start_recording();
		}
	}
}

int main(int argc, char **argv)
{
	const struct rlimit files = { 65536, 65536 };
	static struct load l;

	if (argc < 7) {
		fprintf(stderr, "usage: load KEYS CONNECTIONS WARM TOTAL "
				"SET_PERCENT IN_FLIGHT [DELAY_US]\n");
		return 2;
	}
	l.keys = atol(argv[1]);
	l.connections = atol(argv[2]);
	l.warm = atol(argv[3]);
	l.total = atol(argv[4]);
	l.set_percent = (unsigned)atoi(argv[5]);
	l.in_flight = atol(argv[6]);
	l.delay = argc > 7 ? (unsigned)atoi(argv[7]) : 0;
	memset(l.value, 'x', sizeof(l.value));
	setrlimit(RLIMIT_NOFILE, &files);
	fill(&l);
	open_connections(&l);
	run(&l);
	return 0;
}
