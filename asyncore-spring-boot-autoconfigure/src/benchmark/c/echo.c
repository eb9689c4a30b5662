/*
 * The yardstick: an echo server on epoll, level triggered, that writes at once.
 *
 *   echo 65536     the size of its reads
 *
 * Prints "PORT n" and ends when its standard input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS 512

struct connection {
	int fd;
	char *held;      /* what the socket has not taken */
	size_t from;
	size_t length;
};

static int epoll;

static void fail(const char *what) {
	perror(what);
	exit(1);
}

static void watch(struct connection *connection, int operation, uint32_t events) {
	struct epoll_event event = { .events = events, .data.ptr = connection };
	if (epoll_ctl(epoll, operation, connection->fd, &event) != 0) {
		fail("epoll_ctl");
	}
}

static void end(struct connection *connection) {
	close(connection->fd);
	free(connection->held);
	free(connection);
}

static void accept_all(int listener) {
	for (;;) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			return;
		}
		int one = 1;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		struct connection *connection = calloc(1, sizeof *connection);
		connection->fd = fd;
		watch(connection, EPOLL_CTL_ADD, EPOLLIN);
	}
}

static void hold(struct connection *connection, const char *data, size_t length) {
	connection->held = malloc(length);
	memcpy(connection->held, data, length);
	connection->from = 0;
	connection->length = length;
	/* nothing more is read before this is gone */
	watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
}

static void input(struct connection *connection, char *buffer, size_t size) {
	ssize_t count = read(connection->fd, buffer, size);
	if (count < 0 && errno == EAGAIN) {
		return;
	}
	if (count <= 0) {
		end(connection);
		return;
	}
	ssize_t sent = send(connection->fd, buffer, (size_t) count, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN) {
		end(connection);
		return;
	}
	sent = sent < 0 ? 0 : sent;
	if (sent < count) {
		hold(connection, buffer + sent, (size_t) (count - sent));
	}
}

static void output(struct connection *connection) {
	size_t left = connection->length - connection->from;
	ssize_t sent = send(connection->fd, connection->held + connection->from, left, MSG_NOSIGNAL);
	if (sent < 0 && errno == EAGAIN) {
		return;
	}
	if (sent < 0) {
		end(connection);
		return;
	}
	connection->from += (size_t) sent;
	if (connection->from == connection->length) {
		free(connection->held);
		connection->held = NULL;
		watch(connection, EPOLL_CTL_MOD, EPOLLIN);
	}
}

int main(int argc, char **argv) {
	size_t size = argc > 1 ? (size_t) atol(argv[1]) : 65536;
	char *buffer = malloc(size);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	socklen_t length = sizeof address;
	if (bind(listener, (struct sockaddr *) &address, length) != 0 || listen(listener, 1024) != 0
			|| getsockname(listener, (struct sockaddr *) &address, &length) != 0) {
		fail("listen");
	}
	epoll = epoll_create1(EPOLL_CLOEXEC);
	struct connection self = { .fd = listener }, control = { .fd = 0 };
	watch(&self, EPOLL_CTL_ADD, EPOLLIN);
	watch(&control, EPOLL_CTL_ADD, EPOLLIN);
	printf("PORT %d\n", ntohs(address.sin_port));
	fflush(stdout);
	struct epoll_event events[EVENTS];
	for (;;) {
		int count = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < count; i++) {
			struct connection *connection = events[i].data.ptr;
			if (connection == &self) {
				accept_all(listener);
			}
			else if (connection == &control) {
				return 0;
			}
			else if (connection->held != NULL) {
				output(connection);
			}
			else {
				input(connection, buffer, size);
			}
		}
	}
}
