package io.asyncore.benchmark;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.ServerDispatcher;
import io.asyncore.chat.AsyncChat;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/**
 * How many connections a second a server takes, by the way its channels are made:
 * connect, receive a line, reset. Run by {@code mvn -Pbenchmark verify}. The arguments,
 * all optional, are the number of rounds, of connections in each, and of client threads.
 */
public final class ConnectionRateBenchmark {

	private static final byte[] GREETING = "220 at your service\r\n".getBytes(StandardCharsets.US_ASCII);

	private static final String PLAIN = "(e) plain java.nio";

	private static final int WARM_UP_ROUNDS = 6;

	private static final int BEANS = 100_000;

	private final int rounds;

	private final int connections;

	private final int threads;

	private final ExecutorService clients;

	private ConnectionRateBenchmark(int rounds, int connections, int threads) {
		this.rounds = rounds;
		this.connections = connections;
		this.threads = threads;
		this.clients = Executors.newFixedThreadPool(threads);
	}

	public static void main(String[] args) throws Exception {
		ConnectionRateBenchmark benchmark = new ConnectionRateBenchmark(argument(args, 0, 21), argument(args, 1, 4000),
				argument(args, 2, 4));
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "logging.level.root=warn", "asyncore.servers.b.port=0",
					"asyncore.servers.b.channel=greeterFactory", "asyncore.servers.c.port=0",
					"asyncore.servers.c.channel=greeter", "asyncore.servers.d.port=0",
					"asyncore.servers.d.channel=scanned", "asyncore.servers.b.address=127.0.0.1",
					"asyncore.servers.c.address=127.0.0.1", "asyncore.servers.d.address=127.0.0.1")
			.run(); PlainServer plain = new PlainServer()) {
			Map<String, InetSocketAddress> servers = new LinkedHashMap<>();
			servers.put("(a) ServerDispatcher, lambda",
					(InetSocketAddress) context.getBean(ServerDispatcher.class).localAddress());
			servers.put("(b) ChannelFactory bean", address(context, "b"));
			servers.put("(c) prototype @Bean, 3 injected", address(context, "c"));
			servers.put("(d) prototype @Component, 3 injected", address(context, "d"));
			servers.put(PLAIN, plain.address());
			benchmark.run(servers);
			benchmark.beans(context, "greeter");
			benchmark.beans(context, "scanned");
			benchmark.clients.shutdown();
		}
	}

	private static int argument(String[] args, int index, int byDefault) {
		return (args.length > index) ? Integer.parseInt(args[index]) : byDefault;
	}

	private static InetSocketAddress address(ConfigurableApplicationContext context, String server) {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(),
				context.getEnvironment().getRequiredProperty("local.asyncore." + server + ".port", Integer.class));
	}

	private void run(Map<String, InetSocketAddress> servers) throws Exception {
		System.out.printf("%d rounds of %,d connections by %d clients, after %d rounds of warm-up%n", this.rounds,
				this.connections, this.threads, WARM_UP_ROUNDS);
		Map<String, List<Double>> rates = new LinkedHashMap<>();
		Map<String, List<Double>> times = new LinkedHashMap<>();
		servers.keySet().forEach((name) -> {
			rates.put(name, new ArrayList<>());
			times.put(name, new ArrayList<>());
		});
		List<String> order = new ArrayList<>(servers.keySet());
		Random random = new Random(1);
		for (int round = -WARM_UP_ROUNDS; round < this.rounds; round++) {
			Collections.shuffle(order, random);
			for (String name : order) {
				long thread = thread(name.equals(PLAIN) ? "plain" : "asyncore-loop");
				long before = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
				double rate = round(servers.get(name));
				double micros = (ManagementFactory.getThreadMXBean().getThreadCpuTime(thread) - before) / 1e3
						/ this.connections;
				if (round >= 0) {
					rates.get(name).add(rate);
					times.get(name).add(micros);
				}
			}
		}
		List<Double> plain = rates.get(PLAIN);
		rates.forEach((name, values) -> {
			List<Double> ratios = new ArrayList<>();
			for (int i = 0; i < values.size(); i++) {
				ratios.add(values.get(i) / plain.get(i));
			}
			System.out.printf("%-38s median %,7.0f/s (quartiles %,7.0f .. %,7.0f)   of plain: %.2f (%.2f .. %.2f)%n",
					name, quantile(values, 2), quantile(values, 1), quantile(values, 3), quantile(ratios, 2),
					quantile(ratios, 1), quantile(ratios, 3));
		});
		// which hardly depends on what else the machine does
		times.forEach((name, values) -> System.out.printf(
				"%-38s processor time of the server's thread: median %.1f us (%.1f .. %.1f) a connection%n", name,
				quantile(values, 2), quantile(values, 1), quantile(values, 3)));
	}

	private static long thread(String name) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals(name))
			.findFirst()
			.orElseThrow()
			.getId();
	}

	private static double quantile(List<Double> values, int quarters) {
		double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
		return sorted[(sorted.length - 1) * quarters / 4];
	}

	private double round(InetSocketAddress server) throws Exception {
		List<Callable<Void>> work = new ArrayList<>();
		for (int i = 0; i < this.threads; i++) {
			work.add(() -> connectAgainAndAgain(server));
		}
		long start = System.nanoTime();
		for (Future<Void> end : this.clients.invokeAll(work)) {
			end.get();
		}
		return this.connections / ((System.nanoTime() - start) / 1e9);
	}

	private Void connectAgainAndAgain(InetSocketAddress server) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocateDirect(GREETING.length);
		for (int i = 0; i < this.connections / this.threads; i++) {
			try (SocketChannel socket = SocketChannel.open(server)) {
				buffer.clear();
				while (buffer.hasRemaining()) {
					if (socket.read(buffer) < 0) {
						throw new IOException("There was no greeting");
					}
				}
				// by a reset, or no ports would be left after some rounds
				socket.setOption(StandardSocketOptions.SO_LINGER, 0);
			}
		}
		return null;
	}

	private void beans(ConfigurableApplicationContext context, String name) {
		double[] micros = new double[this.rounds];
		for (int round = -WARM_UP_ROUNDS; round < this.rounds; round++) {
			long start = System.nanoTime();
			for (int i = 0; i < BEANS; i++) {
				if (((Greeter) context.getBeanFactory().getBean(name)).text == null) {
					throw new IllegalStateException("not injected");
				}
			}
			if (round >= 0) {
				micros[round] = (System.nanoTime() - start) / 1e3 / BEANS;
			}
		}
		Arrays.sort(micros);
		System.out.printf("getBean(\"%s\"): median %.2f us (%.2f .. %.2f)%n", name, micros[micros.length / 2],
				micros[0], micros[micros.length - 1]);
	}

	/**
	 * The application.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@ComponentScan(basePackageClasses = ConnectionRateBenchmark.class)
	static class Application {

		@Bean
		ServerDispatcher lambda(ChannelMap map, Text text) {
			return new ServerDispatcher(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
					(socket, peer) -> new Greeter(text), map);
		}

		@Bean
		ChannelFactory greeterFactory(Text text) {
			return (socket, peer) -> new Greeter(text);
		}

		@Bean
		@Scope("prototype")
		Greeter greeter(Text text, Second second, Third third) {
			return new Greeter(text);
		}

		@Bean
		Text text() {
			return new Text(GREETING);
		}

		@Bean
		Second second() {
			return new Second();
		}

		@Bean
		Third third() {
			return new Third();
		}

	}

	record Text(byte[] bytes) {

	}

	record Second() {

	}

	record Third() {

	}

	static class Greeter extends AsyncChat {

		private final Text text;

		Greeter(Text text) {
			this.text = text;
			setTerminator("\r\n");
		}

		@Override
		protected void handleOpen() {
			push(this.text.bytes());
		}

		@Override
		protected void foundTerminator() {
			takeIncoming();
		}

	}

	@Component("scanned")
	@Scope("prototype")
	static class Scanned extends Greeter {

		Scanned(Text text, Second second, Third third) {
			super(text);
		}

	}

	/**
	 * What one would write without any of this.
	 */
	private static final class PlainServer implements AutoCloseable {

		private final Selector selector;

		private final ServerSocketChannel listener;

		PlainServer() throws IOException {
			this.selector = Selector.open();
			this.listener = ServerSocketChannel.open();
			this.listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
			this.listener.configureBlocking(false);
			this.listener.register(this.selector, SelectionKey.OP_ACCEPT);
			Thread thread = new Thread(this::run, "plain");
			thread.setDaemon(true);
			thread.start();
		}

		InetSocketAddress address() throws IOException {
			return (InetSocketAddress) this.listener.getLocalAddress();
		}

		private void run() {
			ByteBuffer buffer = ByteBuffer.allocateDirect(65536);
			ByteBuffer greeting = ByteBuffer.allocateDirect(GREETING.length).put(GREETING);
			try {
				while (this.selector.isOpen()) {
					this.selector.select((key) -> serve(key, buffer, greeting));
				}
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private void serve(SelectionKey key, ByteBuffer buffer, ByteBuffer greeting) {
			try {
				if (key.isAcceptable()) {
					for (SocketChannel socket = this.listener.accept(); socket != null; socket = this.listener
						.accept()) {
						socket.configureBlocking(false);
						socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
						socket.register(this.selector, SelectionKey.OP_READ);
						socket.write(greeting.flip());
					}
				}
				else if (read((SocketChannel) key.channel(), buffer) < 0) {
					key.channel().close();
				}
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private static int read(SocketChannel socket, ByteBuffer buffer) {
			try {
				return socket.read(buffer.clear());
			}
			catch (IOException ex) {
				return -1;
			}
		}

		@Override
		public void close() throws IOException {
			this.listener.close();
			this.selector.close();
		}

	}

}
