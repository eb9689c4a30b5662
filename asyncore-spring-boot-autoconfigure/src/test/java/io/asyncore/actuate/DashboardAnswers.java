package io.asyncore.actuate;

import java.util.List;
import java.util.Locale;

/**
 * What the endpoint of a small application answers.
 */
final class DashboardAnswers {

	static final String EMPTY = """
			{"loops": [], "servers": [], "groups": []}""";

	static final String NO_CHANNELS = channels(0, 0, List.of());

	private DashboardAnswers() {
	}

	/**
	 * An overview whose counters grow with each poll: 100 passes of which a tenth is
	 * work, 10 calls of echo at 2.5 ms, 20 frames of lines at 200 µs.
	 * @param poll the number of the poll
	 * @return the JSON
	 */
	static String overview(int poll) {
		return overview("running", "\"busyMillis\": 0.0,", poll);
	}

	static String overview(String state, String running, int poll) {
		return """
				{"loops": [{"name": "asyncore-loop", "thread": "asyncore-loop-1", "state": "%1$s", %2$s
				  "passes": %3$d, "waitedMillis": %4$d, "workedMillis": %5$d, "lagMillis": 0.2, "maxLagMillis": 132.5, "tasks": 4, "timers": 3,
				  "channels": 15, "stalls": 2,
				  "polls": {"readable": {"true": %6$d, "false": %7$d}, "writable": {"true": 0, "false": %5$d}},
				  "readiness": {"read": %3$d, "write": %7$d, "connect": 0, "accept": 12, "priority": 0}}],
				 "servers": [
				  {"name": "echo", "protocol": "tcp", "loop": "asyncore-loop", "address": "0.0.0.0", "port": 7007,
				   "listening": true, "connections": 2, "maxConnections": 1000, "accepted": 1234, "rejected": 0},
				  {"name": "lines", "loop": "asyncore-loop", "address": "::1", "port": 7008, "listening": true,
				   "connections": 10, "maxConnections": 10, "accepted": 52, "rejected": 3, "paused": "limit"},
				  {"name": "files", "loop": "asyncore-loop", "address": "0.0.0.0", "port": 7009, "listening": true,
				   "connections": 1, "accepted": 5, "rejected": 0, "paused": "descriptors"},
				  {"name": "admin", "protocol": "unix", "loop": "asyncore-loop", "address": "/run/admin.sock",
				   "listening": false, "connections": 0, "accepted": 0, "rejected": 0},
				  {"name": "syslog", "protocol": "udp", "loop": "asyncore-loop", "address": "::", "port": 5514,
				   "listening": true, "connections": 0, "accepted": 0, "rejected": 0}],
				 "groups": [
				  {"name": "echo", "loop": "asyncore-loop", "listening": 1, "connecting": 0, "connected": 2, "opened": 1235,
				   "closed": {"peer": 1200, "local": 20, "error": 8, "timeout": 4, "limit": 0, "shutdown": 0},
				   "rejected": {"error": 0, "refused": 0, "unhandled": 0}, "received": %8$d, "sent": %8$d, "queued": 0,
				   "handlers": [{"handler": "read", "count": %9$d, "errors": 8, "totalMillis": %10$s, "maxMillis": 250.0},
				                {"handler": "close", "count": 1232, "errors": 0, "totalMillis": 12.32, "maxMillis": 0.9}]},
				  {"name": "lines", "loop": "asyncore-loop", "listening": 1, "connecting": 1, "connected": 10,
				   "connects": {"connected": 12, "refused": 4, "timeout": 3, "unreachable": 0, "unresolved": 2, "closed": 5, "error": 0},
				   "offload": {"queued": 2, "active": 1, "succeeded": 1234, "failed": 6, "rejected": 7},
				   "opened": 53,
				   "closed": {"peer": 40, "local": 1, "error": 0, "timeout": 0, "limit": 1, "shutdown": 0},
				   "rejected": {"error": 2, "refused": 0, "unhandled": 1}, "received": %8$d, "sent": 0, "queued": 3400000,
				   "handlers": [{"handler": "read", "count": %3$d, "errors": 0, "totalMillis": %11$s, "maxMillis": 1.5},
				                {"handler": "terminator", "count": %12$d, "errors": 0, "totalMillis": %13$s, "maxMillis": 0.4}]}]}
				"""
			.formatted(state, running, 5000 + 100 * poll, 9000 + 900 * poll, 1000 + 100 * poll, 100 + 9 * poll,
					20 + poll, 1_000_000 + 50_000 * poll, 1000 + 10 * poll, decimal(100 + 25 * poll),
					decimal(0.05 * (5000 + 100 * poll)), 400 + 20 * poll, decimal(0.2 * (400 + 20 * poll)));
	}

	private static String decimal(double value) {
		return String.format(Locale.ROOT, "%.4f", value);
	}

	static String channels(int total, int page, List<String> channels) {
		return """
				{"total": %d, "page": %d, "size": 50, "channels": [%s]}""".formatted(total, page,
				String.join(",", channels));
	}

	static String channels(String... channels) {
		return channels(channels.length, 0, List.of(channels));
	}

	static String channel(int id, String name, String peer) {
		return channel(id, name, peer, 0);
	}

	static String channel(int id, String name, String peer, int queued) {
		return """
				{"id": %d, "name": "%s", "server": "echo", "type": "com.acme.%s", "loop": "asyncore-loop",
				 "state": "connected", "peer": "%s", "local": "127.0.0.1:7007", "ageMillis": 64000.0, "idleMillis": 12300.0,
				 "received": 1234567, "sent": 100, "queued": %d, "interest": ["read", "write"], "tls": false}
				"""
			.formatted(id, name, (id % 2 == 0) ? "LineChat" : "EchoHandler", peer, queued);
	}

}
