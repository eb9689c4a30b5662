/*
 * Drives an echo server from one thread and tells what came back, how fast, and what both sides paid for it.
 *
 *   load port=7007 mode=echo conns=64 size=64 inflight=1 idle=0 warm=2 secs=3 rate=0 pid=1234 mark=0
 *
 * mode=echo     each connection keeps `inflight` messages of `size` bytes under way; with `rate` that many
 *               messages a second are sent in all, whether answers come or not
 * mode=connect  `conns` connections at a time are made, used for one message, and closed
 * mode=hold     nothing but the idle connections: prints "OPEN" and keeps them until its input ends
 * idle=N        so many connections are opened before and never used
 * mark=1        prints "START" when it begins to measure, and keeps all connections until its input ends
 * pid=P         process whose processor time is reported
 *
 * A message is a line: it ends with the only newline in it. In the end everything that is under way has to come
 * back, as it was sent and nothing besides; else this fails.
 *
 * Sends with a plain copy but drops what it receives unread (MSG_TRUNC), so that it has less to do than any
 * server. Prints one line of JSON. A rate is the 90th percentile of windows of 20 ms, so that a moment in which the
 * machine was busy with something else does not count; `mean` is the plain average.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WINDOW_NANOS 20000000L
#define MOST_WINDOWS 65536
#define SUB_BUCKETS 64
#define BUCKETS (40 * SUB_BUCKETS)
#define EVENTS 512
#define BUFFER (1024 * 1024)
#define PATIENCE_SECONDS 60
#define DRAIN_NANOS 10000000000L
/* edge triggered: a socket that was emptied is not looked at once more */
#define RECEIVING (EPOLLIN | EPOLLET)

struct connection {
	int fd;
	int armed;
	int connecting;
	long received;   /* bytes of the message that is arriving */
	long unsent;     /* bytes that the socket has not taken */
	long *started;   /* when each message under way was sent, a ring */
	unsigned head;
	unsigned tail;
};

static long option_port, option_conns = 64, option_size = 64, option_inflight = 1, option_idle, option_rate, option_pid, option_mark;
static double option_warm = 2, option_secs = 3;
static int connect_mode, hold_mode;

static char *payload, *input;
static int epoll;
static unsigned ring;
static struct connection *connections;
static unsigned source;

static uint64_t histogram[BUCKETS];
static uint32_t windows[MOST_WINDOWS];
static uint64_t messages;
static int measuring;
static long measuring_since;

static void fail(const char *what) {
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000L + time.tv_nsec;
}

static double own_cpu(void) {
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static double server_cpu(void) {
	clockid_t clock;
	struct timespec time;
	if (option_pid == 0 || clock_getcpuclockid((pid_t) option_pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
		return 0;
	}
	return time.tv_sec + time.tv_nsec / 1e9;
}

static int bucket(long nanos) {
	uint64_t value = nanos < 0 ? 0 : (uint64_t) nanos;
	if (value < SUB_BUCKETS) {
		return (int) value;
	}
	int shift = 63 - __builtin_clzll(value) - 5;
	int index = shift * (SUB_BUCKETS / 2) + (int) (value >> shift);
	return index < BUCKETS ? index : BUCKETS - 1;
}

static double bucket_nanos(int index) {
	if (index < SUB_BUCKETS) {
		return index;
	}
	int shift = index / (SUB_BUCKETS / 2) - 1;
	return (double) (uint64_t) (index - shift * (SUB_BUCKETS / 2)) * (double) (1ULL << shift);
}

static double percentile(double fraction) {
	uint64_t total = 0, seen = 0;
	for (int i = 0; i < BUCKETS; i++) {
		total += histogram[i];
	}
	for (int i = 0; i < BUCKETS; i++) {
		seen += histogram[i];
		if (total > 0 && (double) seen >= fraction * (double) total) {
			return bucket_nanos(i) / 1000;
		}
	}
	return 0;
}

static void done(long began, long time) {
	if (!measuring) {
		return;
	}
	messages++;
	long window = (time - measuring_since) / WINDOW_NANOS;
	if (window >= 0 && window < MOST_WINDOWS) {
		windows[window]++;
	}
	histogram[bucket(time - began)]++;
}

static void watch(struct connection *connection, int operation, uint32_t events) {
	struct epoll_event event = { .events = events, .data.ptr = connection };
	if (epoll_ctl(epoll, operation, connection->fd, &event) != 0) {
		fail("epoll_ctl");
	}
}

/* From many addresses, for each has only some thirty thousand ports. */
static int open_socket(int flags) {
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0) {
		fail("socket");
	}
	int one = 1;
	struct sockaddr_in address = { .sin_family = AF_INET };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + source++ % 200);
	setsockopt(fd, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &one, sizeof one);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (bind(fd, (struct sockaddr *) &address, sizeof address) != 0) {
		fail("bind");
	}
	return fd;
}

static int connect_socket(int fd) {
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t) option_port) };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connect(fd, (struct sockaddr *) &address, sizeof address);
}

static void send_messages(struct connection *connection, long count, long time) {
	for (long i = 0; i < count; i++) {
		connection->started[connection->tail++ & (ring - 1)] = time;
	}
	connection->unsent += count * option_size;
	while (connection->unsent > 0) {
		/* on from where the socket was full, for a message that begins anew within itself is two */
		long offset = (option_size - connection->unsent % option_size) % option_size;
		long length = connection->unsent < BUFFER ? connection->unsent : BUFFER;
		ssize_t sent = send(connection->fd, payload + offset, (size_t) length, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			break;
		}
		if (sent < 0) {
			fail("send");
		}
		connection->unsent -= sent;
	}
	int full = connection->unsent > 0;
	if (full != connection->armed) {
		connection->armed = full;
		watch(connection, EPOLL_CTL_MOD, full ? RECEIVING | EPOLLOUT : RECEIVING);
	}
}

static void mismatch(const char *what) {
	fprintf(stderr, "load: %s\n", what);
	exit(1);
}

static void check_not_more(const struct connection *connection) {
	unsigned missing = connection->tail - connection->head;
	if ((int) missing < 0 || (missing == 0 && connection->received > 0)) {
		mismatch("more has come back than was sent");
	}
}

/* Returns how many messages have come back. */
static long receive_messages(struct connection *connection, long time) {
	ssize_t count;
	long complete = 0;
	do {
		/* dropped by the system, which spares this side the copy */
		count = recv(connection->fd, NULL, BUFFER, MSG_TRUNC);
		if (count < 0 && errno == EAGAIN) {
			break;
		}
		if (count <= 0) {
			errno = count == 0 ? ECONNRESET : errno;
			fail("recv");
		}
		connection->received += count;
		complete += connection->received / option_size;
		connection->received %= option_size;
	} while (count == BUFFER);
	for (long i = 0; i < complete; i++) {
		done(connection->started[connection->head++ & (ring - 1)], time);
	}
	check_not_more(connection);
	return complete;
}

/* Takes what has come back and compares it with what was sent. */
static void drain(struct connection *connection) {
	ssize_t count;
	while ((count = recv(connection->fd, input, BUFFER, 0)) > 0) {
		if (memcmp(input, payload + connection->received, (size_t) count) != 0) {
			mismatch("what has come back is not what was sent");
		}
		connection->received += count;
		connection->head += (unsigned) (connection->received / option_size);
		connection->received %= option_size;
		check_not_more(connection);
	}
	if (count == 0 || errno != EAGAIN) {
		errno = count == 0 ? ECONNRESET : errno;
		fail("recv");
	}
}

static int is_complete(struct connection *connection) {
	return connection->head == connection->tail && connection->received == 0;
}

/* Sends no more, and waits until everything has come back. */
static void drain_all(void) {
	long missing, end_at = now() + DRAIN_NANOS;
	do {
		missing = 0;
		for (long i = 0; i < option_conns; i++) {
			if (connections[i].unsent > 0) {
				send_messages(&connections[i], 0, 0);
			}
			drain(&connections[i]);
			missing += is_complete(&connections[i]) ? 0 : 1;
		}
		if (missing > 0) {
			struct timespec moment = { .tv_nsec = 1000000 };
			nanosleep(&moment, NULL);
		}
	} while (missing > 0 && now() < end_at);
	if (missing > 0) {
		mismatch("not everything has come back");
	}
}

static void begin_connection(struct connection *connection) {
	connection->fd = open_socket(SOCK_NONBLOCK);
	connection->connecting = 1;
	connection->received = 0;
	connection->started[0] = now();
	if (connect_socket(connection->fd) != 0 && errno != EINPROGRESS) {
		fail("connect");
	}
	watch(connection, EPOLL_CTL_ADD, EPOLLOUT);
}

static void connection_event(struct connection *connection) {
	if (connection->connecting) {
		int error = 0;
		socklen_t length = sizeof error;
		getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length);
		if (error != 0) {
			errno = error;
			fail("connect");
		}
		connection->connecting = 0;
		if (send(connection->fd, payload, (size_t) option_size, MSG_NOSIGNAL) != option_size) {
			fail("send");
		}
		watch(connection, EPOLL_CTL_MOD, EPOLLIN);
		return;
	}
	ssize_t count = recv(connection->fd, input, BUFFER, 0);
	if (count <= 0) {
		errno = count == 0 ? ECONNRESET : errno;
		fail("recv");
	}
	connection->received += count;
	if (connection->received >= option_size) {
		close(connection->fd);
		done(connection->started[0], now());
		begin_connection(connection);
	}
}

static void option(const char *text) {
	const char *equals = strchr(text, '=');
	if (equals == NULL) {
		fprintf(stderr, "load: not an option: %s\n", text);
		exit(2);
	}
	struct { const char *name; long *value; } numbers[] = { { "port", &option_port }, { "conns", &option_conns },
			{ "size", &option_size }, { "inflight", &option_inflight }, { "idle", &option_idle },
			{ "rate", &option_rate }, { "pid", &option_pid }, { "mark", &option_mark } };
	size_t length = (size_t) (equals - text);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (strlen(numbers[i].name) == length && strncmp(numbers[i].name, text, length) == 0) {
			*numbers[i].value = atol(equals + 1);
			return;
		}
	}
	if (strncmp(text, "warm=", 5) == 0) {
		option_warm = atof(equals + 1);
	}
	else if (strncmp(text, "secs=", 5) == 0) {
		option_secs = atof(equals + 1);
	}
	else if (strncmp(text, "mode=", 5) == 0) {
		connect_mode = strcmp(equals + 1, "connect") == 0;
		hold_mode = strcmp(equals + 1, "hold") == 0;
	}
	else {
		fprintf(stderr, "load: unknown option: %s\n", text);
		exit(2);
	}
}

static int by_size(const void *left, const void *right) {
	uint32_t a = *(const uint32_t *) left, b = *(const uint32_t *) right;
	return (a > b) - (a < b);
}

static double window_rate(long elapsed) {
	long count = elapsed / WINDOW_NANOS;
	count = count < MOST_WINDOWS ? count : MOST_WINDOWS;
	if (count < 1) {
		return 0;
	}
	qsort(windows, (size_t) count, sizeof windows[0], by_size);
	return windows[count * 9 / 10] / (WINDOW_NANOS / 1e9);
}

/* What comes back is what was sent: checked before anything is measured. */
static void check_echo(int fd) {
	if (send(fd, payload, (size_t) option_size, MSG_NOSIGNAL) != option_size) {
		fail("send");
	}
	if (recv(fd, input, (size_t) option_size, MSG_WAITALL) != option_size
			|| memcmp(input, payload, (size_t) option_size) != 0) {
		mismatch("the answer is not what was sent");
	}
}

static void open_idle(void) {
	for (long i = 0; i < option_idle; i++) {
		int fd = open_socket(0);
		if (connect_socket(fd) != 0) {
			fail("connect (idle)");
		}
		if (i == option_idle - 1) {
			/* all others have been accepted when this one is answered */
			check_echo(fd);
		}
	}
}

static void open_all(void) {
	connections = calloc((size_t) option_conns, sizeof *connections);
	for (ring = 1; ring < (unsigned) option_inflight || (option_rate > 0 && ring < 65536); ring *= 2) {
	}
	for (long i = 0; i < option_conns; i++) {
		struct connection *connection = &connections[i];
		connection->started = calloc(ring, sizeof(long));
		if (connect_mode) {
			begin_connection(connection);
			continue;
		}
		connection->fd = open_socket(0);
		if (connect_socket(connection->fd) != 0) {
			fail("connect");
		}
		check_echo(connection->fd);
		watch(connection, EPOLL_CTL_ADD, RECEIVING);
	}
}

/* Says something, and waits for the end of the input where the listener has to look at the server first. */
static void tell(const char *text) {
	puts(text);
	fflush(stdout);
}

static void await_end_of_input(void) {
	char byte;
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
}

int main(int argc, char **argv) {
	for (int i = 1; i < argc; i++) {
		option(argv[i]);
	}
	if (option_size < 1 || option_size > BUFFER || option_inflight < 1 || option_conns < 1) {
		fprintf(stderr, "load: out of range: size, inflight or conns\n");
		return 2;
	}
	/* a server that never answers must not hold this up */
	alarm((unsigned) (option_warm + option_secs) + PATIENCE_SECONDS);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	input = malloc(BUFFER);
	/* so much can be sent, and so much compared, from wherever in a message */
	payload = malloc(2 * BUFFER);
	for (long i = 0; i < 2 * BUFFER; i++) {
		/* lines, for those who read lines */
		payload[i] = (char) ((i + 1) % option_size == 0 ? '\n' : 'a' + i % option_size % 26);
	}
	open_idle();
	if (hold_mode) {
		tell("OPEN");
		await_end_of_input();
		return 0;
	}
	open_all();
	for (long i = 0; i < option_conns && !connect_mode; i++) {
		fcntl(connections[i].fd, F_SETFL, fcntl(connections[i].fd, F_GETFL) | O_NONBLOCK);
	}
	long start = now();
	long measure_at = start + (long) (option_warm * 1e9);
	long end_at = measure_at + (long) (option_secs * 1e9);
	double server_before = 0, own_before = 0;
	long next_send = start;
	long gap = option_rate > 0 ? 1000000000L / option_rate : 0;
	long turn = 0;
	if (!connect_mode && option_rate == 0) {
		for (long i = 0; i < option_conns; i++) {
			send_messages(&connections[i], option_inflight, now());
		}
	}
	struct epoll_event events[EVENTS];
	long time = now();
	while (time < end_at) {
		int count = epoll_wait(epoll, events, EVENTS, option_rate > 0 ? 0 : 1000);
		if (count < 0 && errno != EINTR) {
			fail("epoll_wait");
		}
		time = now();
		if (!measuring && time >= measure_at) {
			measuring = 1;
			if (option_mark) {
				tell("START");
			}
			server_before = server_cpu();
			own_before = own_cpu();
			measuring_since = now();
			end_at = measuring_since + (long) (option_secs * 1e9);
		}
		for (int i = 0; i < count; i++) {
			struct connection *connection = events[i].data.ptr;
			if (connect_mode) {
				connection_event(connection);
				continue;
			}
			long at = now();
			long complete = (events[i].events & EPOLLIN) ? receive_messages(connection, at) : 0;
			if (option_rate > 0) {
				complete = 0;
			}
			if (complete > 0 || (events[i].events & EPOLLOUT)) {
				send_messages(connection, complete, at);
			}
		}
		while (gap > 0 && next_send <= time) {
			send_messages(&connections[turn++ % option_conns], 1, now());
			next_send += gap;
		}
	}
	long elapsed = now() - measuring_since;
	double server = server_cpu() - server_before, own = own_cpu() - own_before;
	double seconds = elapsed / 1e9;
	if (!connect_mode) {
		drain_all();
	}
	printf("{\"messages\":%lu,\"seconds\":%.3f,\"mean\":%.1f,\"rate\":%.1f,\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,"
			"\"serverCpu\":%.4f,\"loadCpu\":%.4f,\"serverMicros\":%.4f}\n",
			messages, seconds, (double) messages / seconds, window_rate(elapsed), percentile(0.5), percentile(0.99),
			percentile(0.999), server / seconds, own / seconds,
			messages > 0 ? server * 1e6 / (double) messages : 0);
	fflush(stdout);
	if (option_mark) {
		await_end_of_input();
	}
	return 0;
}
