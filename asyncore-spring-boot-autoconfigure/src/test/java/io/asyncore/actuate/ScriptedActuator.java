package io.asyncore.actuate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * Serves the dashboard, and answers it as the test says. Far below the root, as behind a
 * proxy.
 */
final class ScriptedActuator implements AutoCloseable {

	private static final String ENDPOINT = "/proxy/manage/asyncore";

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Map<String, Supplier<Answer>> answers = new ConcurrentHashMap<>();

	private final List<Request> requests = new CopyOnWriteArrayList<>();

	private final AtomicInteger underWay = new AtomicInteger();

	private final AtomicInteger mostUnderWay = new AtomicInteger();

	private final HttpServer server;

	private volatile boolean reachable = true;

	private volatile CountDownLatch held = new CountDownLatch(0);

	ScriptedActuator() throws IOException {
		String page = new Dashboard().page();
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext(ENDPOINT, this::answer);
		this.server.createContext(ENDPOINT + "/dashboard",
				(exchange) -> respond(exchange, new Answer(200, page), "text/html;charset=UTF-8"));
		this.server.start();
	}

	String url() {
		return "http://127.0.0.1:" + this.server.getAddress().getPort() + ENDPOINT + "/dashboard";
	}

	/**
	 * What is answered from now on.
	 * @param request a method and a path below the endpoint, such as
	 * {@code DELETE /channels/17}
	 * @param answer the answer, asked for each time
	 */
	void answer(String request, Supplier<Answer> answer) {
		this.answers.put(request, answer);
	}

	void answer(String request, String json) {
		answer(request, () -> new Answer(200, json));
	}

	void answer(String request, int status) {
		answer(request, () -> new Answer(status, ""));
	}

	/**
	 * Whether requests are answered, or their connections closed instead.
	 * @param reachable whether they are
	 */
	void reachable(boolean reachable) {
		this.reachable = reachable;
	}

	/**
	 * Lets requests wait until {@link #release()}.
	 */
	void hold() {
		this.held = new CountDownLatch(1);
	}

	void release() {
		this.held.countDown();
	}

	List<Request> requests(String prefix) {
		return this.requests.stream().filter((request) -> request.line().startsWith(prefix)).toList();
	}

	List<Request> overviews() {
		return this.requests.stream().filter((request) -> request.line().equals("GET ")).toList();
	}

	String lastQuery() {
		List<Request> queries = requests("GET /channels?");
		return queries.isEmpty() ? "" : queries.get(queries.size() - 1).line().substring("GET /channels?".length());
	}

	int mostOverviewsUnderWay() {
		return this.mostUnderWay.get();
	}

	private void answer(HttpExchange exchange) throws IOException {
		String below = exchange.getRequestURI().toString().substring(ENDPOINT.length());
		String line = exchange.getRequestMethod() + " " + below;
		this.requests.add(new Request(line, exchange.getRequestHeaders().getFirst("X-XSRF-TOKEN")));
		boolean overview = line.equals("GET ");
		if (overview) {
			this.mostUnderWay.accumulateAndGet(this.underWay.incrementAndGet(), Math::max);
		}
		try {
			awaitRelease();
			Supplier<Answer> answer = this.answers.get(line.replaceFirst("\\?.*", ""));
			respond(exchange, (answer != null) ? answer.get() : new Answer(404, ""), "application/json");
		}
		finally {
			if (overview) {
				this.underWay.decrementAndGet();
			}
		}
	}

	private void awaitRelease() {
		try {
			this.held.await(30, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void respond(HttpExchange exchange, Answer answer, String type) throws IOException {
		try (exchange) {
			if (!this.reachable) {
				return;
			}
			byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", type);
			exchange.sendResponseHeaders(answer.status(), (body.length > 0) ? body.length : -1);
			if (body.length > 0) {
				exchange.getResponseBody().write(body);
			}
		}
		catch (IOException ex) {
			// the page has given up waiting
			if (this.held.getCount() > 0) {
				throw new UncheckedIOException(ex);
			}
		}
	}

	@Override
	public void close() {
		release();
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	record Answer(int status, String body) {
	}

	record Request(String line, String token) {
	}

}
