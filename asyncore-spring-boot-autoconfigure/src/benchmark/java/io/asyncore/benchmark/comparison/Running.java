package io.asyncore.benchmark.comparison;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.benchmark.ChildProcess;
import io.asyncore.benchmark.UnavailableException;

/**
 * A server that is up, and can be put under load.
 */
final class Running implements AutoCloseable {

	private static final double PATIENCE_SECONDS = 60;

	private final Tools tools;

	private final Server server;

	private final Scenario scenario;

	private final ChildProcess process;

	private final int port;

	Running(Tools tools, Server server, Scenario scenario) throws IOException, UnavailableException {
		this.tools = tools;
		this.server = server;
		this.scenario = scenario;
		this.process = ChildProcess.start(server.id(), server.command(tools, scenario));
		try {
			String[] greeting = this.process.line(PATIENCE_SECONDS).split(" ", 2);
			if (greeting[0].equals("UNAVAILABLE")) {
				throw new UnavailableException(greeting[1]);
			}
			this.port = Integer.parseInt(greeting[1]);
		}
		catch (IOException | UnavailableException ex) {
			this.process.close();
			throw ex;
		}
	}

	/**
	 * Put the server under load without looking.
	 */
	void warmUp(double seconds) throws IOException {
		load(0, seconds);
	}

	/**
	 * Measure.
	 * @param warmUp the time before, in seconds
	 * @param seconds the time that is measured
	 */
	Sample measure(double warmUp, double seconds) throws IOException {
		return switch (this.scenario.kind()) {
			case RATE, LATENCY, STEADY, CONNECTIONS -> {
				LoadResult load = load(warmUp, seconds);
				yield new Sample(load, load, 0);
			}
			case RATE_WITH_IDLE -> {
				LoadResult without = load(warmUp, seconds, "idle=0");
				yield new Sample(load(warmUp, seconds), without, 0);
			}
			case ALLOCATION -> allocation(warmUp, seconds);
			case HEAP -> heap(warmUp, seconds);
		};
	}

	private LoadResult load(double warmUp, double seconds, String... more) throws IOException {
		List<String> arguments = arguments(warmUp, seconds);
		arguments.add("mark=0");
		arguments.addAll(List.of(more));
		try (ChildProcess load = ChildProcess.start("load", this.tools.load(arguments))) {
			return result(load, warmUp + seconds);
		}
	}

	private List<String> arguments(double warmUp, double seconds) {
		List<String> arguments = new ArrayList<>(
				List.of("port=" + this.port, "pid=" + this.process.pid(), "warm=" + warmUp, "secs=" + seconds));
		arguments.addAll(this.scenario.load());
		return arguments;
	}

	private LoadResult result(ChildProcess load, double seconds) throws IOException {
		try {
			LoadResult result = LoadResult.parse(load.line(seconds + PATIENCE_SECONDS));
			if (result.messages() == 0) {
				throw new IOException("no message has come back");
			}
			return result;
		}
		catch (IOException ex) {
			throw new IOException(ex.getMessage() + "; " + this.process.lastWords(), ex);
		}
	}

	private Sample allocation(double warmUp, double seconds) throws IOException {
		try (ChildProcess load = ChildProcess.start("load", this.tools.load(arguments(warmUp, seconds)))) {
			load.line(warmUp + PATIENCE_SECONDS);
			long before = ask("stat");
			LoadResult result = result(load, seconds);
			// the connections are still there: nothing is allocated to close them
			return new Sample(result, result, (ask("stat") - before) / result.messages());
		}
	}

	private Sample heap(double warmUp, double seconds) throws IOException {
		LoadResult result = load(warmUp, seconds);
		long before = ask("heap");
		try (ChildProcess load = ChildProcess.start("load",
				this.tools.load(List.of("port=" + this.port, "mode=hold", "idle=" + Scenario.IDLE_CONNECTIONS)))) {
			load.line(PATIENCE_SECONDS);
			return new Sample(result, result, (double) (ask("heap") - before) / Scenario.IDLE_CONNECTIONS);
		}
	}

	private long ask(String question) throws IOException {
		String[] answer = this.process.ask(question, PATIENCE_SECONDS).split(" ", 2);
		return Long.parseLong(answer[1]);
	}

	@Override
	public void close() {
		this.process.close();
	}

}
