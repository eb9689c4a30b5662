package io.asyncore;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Set;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a {@link Dispatcher} logs.
 */
@Timeout(60)
class DispatcherLoggingTests {

	private final ChannelMap map = new ChannelMap();

	private final Logger logger = (Logger) LoggerFactory.getLogger(Talkative.class.getName());

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	@BeforeEach
	void capture() {
		this.log.start();
		this.logger.setAdditive(false);
		this.logger.addAppender(this.log);
	}

	@AfterEach
	void release() throws IOException {
		this.logger.detachAppender(this.log);
		this.logger.setAdditive(true);
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void logIsInfoOfTheConcreteClass() {
		new Talkative(this.map).log("what happened");
		assertThat(lines()).containsExactly("INFO what happened");
		assertThat(this.log.list.get(0).getLoggerName()).isEqualTo(Talkative.class.getName());
	}

	@Test
	void logDoesNotTakeBracesForPlaceholders() {
		new Talkative(this.map).log("{} and {}");
		assertThat(lines()).containsExactly("INFO {} and {}");
	}

	@Test
	void logInfoLogsAtTheLevelOfTheType() {
		Talkative channel = new Talkative(this.map);
		channel.logInfo("one", "info");
		channel.logInfo("two", "warning");
		channel.logInfo("three", "error");
		assertThat(lines()).containsExactly("INFO one", "WARN two", "ERROR three");
	}

	@Test
	void logInfoOfAnotherTypeNamesIt() {
		new Talkative(this.map).logInfo("level low", "battery");
		assertThat(lines()).containsExactly("INFO battery: level low");
	}

	@Test
	void logInfoPassesOverIgnoredTypes() {
		Talkative channel = new Talkative(this.map);
		channel.ignored = Set.of("info", "error", "battery");
		channel.logInfo("one", "info");
		channel.logInfo("two", "warning");
		channel.logInfo("three", "error");
		channel.logInfo("four", "battery");
		channel.log("five");
		assertThat(lines()).containsExactly("WARN two", "INFO five");
	}

	@Test
	void warningIsTheOnlyTypeIgnoredByDefault() {
		assertThat(new Dispatcher(this.map).ignoreLogTypes()).containsExactly("warning");
	}

	@Test
	void everyUnhandledEventIsAWarning() throws Exception {
		Talkative channel = new Talkative(this.map);
		channel.handleConnect();
		channel.handleRead();
		channel.handleWrite();
		channel.handleExpt();
		try (SocketChannel socket = SocketChannel.open()) {
			channel.handleAccepted(socket, Loopback.anyPort());
			assertThat(socket.isOpen()).isFalse();
		}
		channel.handleClose();
		assertThat(lines()).containsExactly("WARN unhandled connect event", "WARN unhandled read event",
				"WARN unhandled write event", "WARN unhandled incoming priority event", "WARN unhandled accepted event",
				"WARN unhandled close event");
	}

	@Test
	void whenWarningsAreIgnoredSaysNothingOfUnhandledEvents() throws Exception {
		Talkative channel = new Talkative(this.map);
		channel.ignored = Set.of("warning");
		channel.handleConnect();
		channel.handleRead();
		channel.handleWrite();
		channel.handleExpt();
		channel.handleClose();
		assertThat(lines()).isEmpty();
	}

	@Test
	void defaultHandleCloseClosesTheChannel() throws Exception {
		Talkative channel = new Talkative(this.map);
		channel.createSocket();
		channel.handleClose();
		assertThat(channel.closed()).isTrue();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whenServedWithoutHandlersWarnsOfEachEvent() throws IOException {
		Talkative server = new Talkative(this.map);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(1);
		Talkative client = new Talkative(this.map);
		client.createSocket();
		client.connect(server.localAddress());
		Loopback.passUntil(this.map, () -> lines().contains("WARN unhandled read event"));
		assertThat(lines()).startsWith("WARN unhandled accepted event", "WARN unhandled connect event")
			.doesNotContain("WARN unhandled write event");
	}

	@Test
	void defaultHandleErrorLogsOneErrorWithChannelFailureAndTrace() throws IOException {
		IllegalStateException failure = new IllegalStateException("as planned");
		Talkative channel = new Talkative(this.map) {

			@Override
			protected boolean readable() {
				throw failure;
			}

		};
		try (CapturedLog all = new CapturedLog()) {
			channel.createSocket();
			Loopback.passUntil(this.map, channel::closed);
			assertThat(all.errors()).singleElement()
				.asString()
				.contains(channel.getClass().getName())
				.contains("IllegalStateException: as planned");
			assertThat(all.traces()).singleElement().asString().contains(getClass().getName());
			assertThat(all.warnings()).containsExactly("unhandled close event");
		}
	}

	@Test
	void whenErrorsAreIgnoredDefaultHandleErrorSaysNothing() throws IOException {
		Talkative channel = new Talkative(this.map) {

			@Override
			protected boolean readable() {
				throw new IllegalStateException("as planned");
			}

		};
		channel.ignored = Set.of("error", "warning");
		try (CapturedLog all = new CapturedLog()) {
			channel.createSocket();
			Loopback.passUntil(this.map, channel::closed);
			assertThat(all.errors()).isEmpty();
			assertThat(all.warnings()).isEmpty();
		}
	}

	private List<String> lines() {
		return this.log.list.stream().map((event) -> event.getLevel() + " " + event.getFormattedMessage()).toList();
	}

	private static class Talkative extends Dispatcher {

		private Set<String> ignored = Set.of();

		Talkative(ChannelMap map) {
			super(map);
		}

		@Override
		protected Set<String> ignoreLogTypes() {
			return this.ignored;
		}

	}

}
