// One end of a socket, for tests and benchmarks of vsock; the same program runs in a guest and on its host.
//
// peer echo ADDRESS             serves any number of connections: sends back what comes, and ends its side when the other has
// peer many ADDRESS COUNT       opens COUNT connections to an echo, all at the same time, and checks what each sends back
// peer cycle ADDRESS COUNT      the same one after another
// peer messages ADDRESS COUNT   sends messages of many lengths to an echo of messages and checks each
// peer ping ADDRESS COUNT       sends one byte to an echo COUNT times; prints the median time in nanoseconds
// peer send ADDRESS MIB         sends numbers in order, ends its side, and waits for the other's count; prints bytes in a second
// peer sink ADDRESS [MIB]       takes one connection of "send" and checks every number; answers with the count at the end, or after MIB
// peer push ADDRESS MIB         as "send" with a side that stays open, for a sink that knows how much comes and a device without half-closed connections
//
// An ADDRESS is vsock:CID:PORT, unix:PATH, or uds:PATH:PORT (a Unix socket, for messages PATH.seqpacket, that wants a line CONNECT PORT first). With "seq-" before it the socket
// is one of messages. Clients try for two minutes to connect.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <linux/vm_sockets.h>

enum { MAX_CLIENTS = 4200, BLOCK = 128 << 10 };

static char block[BLOCK];

static void die(const char *what)
{
	fprintf(stderr, "peer: %s: %s\n", what, errno ? strerror(errno) : "wrong data");
	exit(1);
}

struct address {
	union { struct sockaddr any; struct sockaddr_vm vm; struct sockaddr_un un; };
	socklen_t length;
	int type;
	const char *port; // to be asked for with CONNECT
};

static struct address parse(char *text)
{
	struct address a = { .type = SOCK_STREAM };
	if (!strncmp(text, "seq-", 4)) {
		a.type = SOCK_SEQPACKET;
		text += 4;
	}
	char *port = strrchr(text, ':');
	if (!strncmp(text, "vsock:", 6)) {
		a.vm = (struct sockaddr_vm){ .svm_family = AF_VSOCK, .svm_cid = strtoul(text + 6, NULL, 10), .svm_port = strtoul(port + 1, NULL, 10) };
		a.length = sizeof(a.vm);
		return a;
	}
	if (!strncmp(text, "uds:", 4)) {
		*port = 0;
		a.port = port + 1;
		text += 4;
	} else if (!strncmp(text, "unix:", 5)) {
		text += 5;
	} else {
		die(text);
	}
	a.un.sun_family = AF_UNIX;
	snprintf(a.un.sun_path, sizeof(a.un.sun_path), "%s%s", text, a.port && a.type == SOCK_SEQPACKET ? ".seqpacket" : "");
	a.length = sizeof(a.un);
	return a;
}

static int try_dial(const struct address *a)
{
	int fd = socket(a->any.sa_family, a->type, 0);
	if (fd < 0)
		die("socket");
	if (connect(fd, &a->any, a->length) < 0)
		goto refused;
	if (a->port) {
		char line[64];
		int length = snprintf(line, sizeof(line), "CONNECT %s\n", a->port);
		if (send(fd, line, length, MSG_NOSIGNAL) != length)
			goto refused;
		// Byte by byte: what follows the line is data.
		if (a->type == SOCK_SEQPACKET) {
			if (recv(fd, line, sizeof(line), 0) <= 0)
				goto refused;
			return fd;
		}
		do {
			if (recv(fd, line, 1, 0) != 1)
				goto refused;
		} while (line[0] != '\n');
	}
	return fd;
refused:;
	int kept = errno;
	close(fd);
	errno = kept;
	return -1;
}

static int dial(const struct address *a)
{
	for (int i = 0; i < 2400; i++) {
		int fd = try_dial(a);
		if (fd >= 0)
			return fd;
		usleep(50000);
	}
	die("connect");
	return -1;
}

static int serve(const struct address *a)
{
	int fd = socket(a->any.sa_family, a->type, 0);
	if (a->any.sa_family == AF_UNIX)
		unlink(a->un.sun_path);
	if (fd < 0 || bind(fd, &a->any, a->length) < 0 || listen(fd, 1024) < 0)
		die("listen");
	return fd;
}

static void send_all(int fd, const void *data, size_t length)
{
	while (length) {
		ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
		if (n <= 0)
			die("send");
		data = (const char *)data + n;
		length -= n;
	}
}

static void read_all(int fd, void *data, size_t length)
{
	while (length) {
		errno = 0;
		ssize_t n = recv(fd, data, length, 0);
		if (n <= 0)
			die("receive");
		data = (char *)data + n;
		length -= n;
	}
}

static void echo(const struct address *a)
{
	static struct pollfd fds[MAX_CLIENTS];
	int count = 1;
	fds[0] = (struct pollfd){ .fd = serve(a), .events = POLLIN };
	puts("echo ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, count, -1) < 0)
			die("poll");
		for (int i = count - 1; i > 0; i--) {
			if (!fds[i].revents)
				continue;
			ssize_t n = recv(fds[i].fd, block, BLOCK, 0);
			if (n > 0 && a->type == SOCK_SEQPACKET && send(fds[i].fd, block, n, MSG_NOSIGNAL) == n)
				continue;
			if (n > 0 && a->type == SOCK_STREAM) {
				send_all(fds[i].fd, block, n);
				continue;
			}
			close(fds[i].fd);
			fds[i] = fds[--count];
		}
		if ((fds[0].revents & POLLIN) && count < MAX_CLIENTS) {
			int fd = accept(fds[0].fd, NULL, NULL);
			if (fd >= 0)
				fds[count++] = (struct pollfd){ .fd = fd, .events = POLLIN };
		}
	}
}

static void check(int fd, uint64_t number)
{
	uint64_t answer;
	send_all(fd, &number, sizeof(number));
	read_all(fd, &answer, sizeof(answer));
	errno = 0;
	if (answer != number)
		die("echo");
}

static void many(const struct address *a, int count)
{
	static int fds[MAX_CLIENTS];
	for (int i = 0; i < count; i++)
		fds[i] = dial(a);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < count; i++)
			check(fds[i], (uint64_t)round << 32 | i);
	for (int i = 0; i < count; i++)
		close(fds[i]);
	printf("many %d\n", count);
}

static void cycle(const struct address *a, int count)
{
	for (int i = 0; i < count; i++) {
		int fd = dial(a);
		check(fd, i);
		close(fd);
	}
	printf("cycle %d\n", count);
}

static void messages(const struct address *a, int count)
{
	static char back[BLOCK];
	int fd = dial(a);
	unsigned seed = 1;
	for (int i = 0; i < count; i++) {
		seed = seed * 1103515245 + 12345;
		size_t length = i == 0 ? 1 : i == 1 ? 100000 : 1 + (seed >> 8) % (i % 8 == 0 ? 60000 : 300);
		memset(block, i, length);
		if (send(fd, block, length, MSG_NOSIGNAL) != (ssize_t)length)
			die("send a message");
		ssize_t n = recv(fd, back, BLOCK, 0);
		errno = n < 0 ? errno : 0;
		if (n != (ssize_t)length || memcmp(block, back, length))
			die("message");
	}
	printf("messages %d\n", count);
}

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void ping(const struct address *a, int count)
{
	uint64_t *times = calloc(count, sizeof(*times));
	int fd = dial(a);
	char byte = 1;
	for (int i = 0; i < count; i++) {
		uint64_t start = now();
		send_all(fd, &byte, 1);
		read_all(fd, &byte, 1);
		times[i] = now() - start;
	}
	qsort(times, count, sizeof(*times), by_value);
	printf("ping %llu\n", (unsigned long long)times[count / 2]);
}

static void send_numbers(const struct address *a, uint64_t mib, bool ends)
{
	uint64_t *numbers = (uint64_t *)block, next = 0, count, total = mib << 20;
	int fd = dial(a);
	uint64_t start = now();
	for (uint64_t sent = 0; sent < total; sent += BLOCK) {
		for (size_t i = 0; i < BLOCK / sizeof(next); i++)
			numbers[i] = next++;
		send_all(fd, block, BLOCK);
	}
	if (ends)
		shutdown(fd, SHUT_WR);
	read_all(fd, &count, sizeof(count));
	errno = 0;
	if (count != total)
		die("count");
	printf("send %llu\n", (unsigned long long)(total * 1000000000.0 / (now() - start)));
}

static void sink(const struct address *a, uint64_t enough)
{
	uint64_t total = 0, next = 0;
	size_t rest = 0;
	int listener = serve(a), fd = accept(listener, NULL, NULL);
	while (total < enough) {
		ssize_t n = recv(fd, block + rest, BLOCK - rest, 0);
		if (n < 0)
			die("receive");
		if (n == 0)
			break;
		total += n;
		rest += n;
		uint64_t *numbers = (uint64_t *)block;
		size_t whole = rest / sizeof(next);
		errno = 0;
		for (size_t i = 0; i < whole; i++)
			if (numbers[i] != next++)
				die("a number out of order");
		memmove(block, numbers + whole, rest % sizeof(next));
		rest %= sizeof(next);
	}
	send_all(fd, &total, sizeof(total));
	// Closed by this side first, a connection without half-closed ones may lose the answer.
	if (enough < UINT64_MAX && recv(fd, block, 1, 0) < 0 && errno != ECONNRESET)
		die("receive the end");
	printf("sink %llu\n", (unsigned long long)total);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage: peer echo|many|cycle|messages|ping|send|push|sink ADDRESS [COUNT]");
	struct rlimit files = { 8192, 8192 };
	setrlimit(RLIMIT_NOFILE, &files);
	struct address a = parse(argv[2]);
	int count = argc > 3 ? atoi(argv[3]) : 1;
	if (!strcmp(argv[1], "echo"))
		echo(&a);
	else if (!strcmp(argv[1], "many"))
		many(&a, count);
	else if (!strcmp(argv[1], "cycle"))
		cycle(&a, count);
	else if (!strcmp(argv[1], "messages"))
		messages(&a, count);
	else if (!strcmp(argv[1], "ping"))
		ping(&a, count);
	else if (!strcmp(argv[1], "send"))
		send_numbers(&a, count, true);
	else if (!strcmp(argv[1], "push"))
		send_numbers(&a, count, false);
	else if (!strcmp(argv[1], "sink"))
		sink(&a, argc > 3 ? (uint64_t)count << 20 : UINT64_MAX);
	else
		die(argv[1]);
	return 0;
}
