package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.asyncore.Asyncore;
import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.EventLoop;
import io.asyncore.FreePort;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.chat.AsyncChat;
import io.asyncore.test.ScriptedClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The mistakes that a newcomer makes in the classes of channels, and what an application
 * logs then: what is wrong, with which channel, and what to do.
 */
@Timeout(60)
class FirstWeekChannelsTests {

	private final CapturedLog log = new CapturedLog();

	private final Gate gate = new Gate();

	@AfterEach
	void close() throws IOException {
		this.gate.close();
		this.log.close();
		Asyncore.closeAll();
	}

	@Test
	void noTerminatorIsSet() {
		serve(Mute::new, (client, context) -> {
			client.send("hello\n");
			assertThat(warning()).isEqualTo(Mute.class.getName()
					+ " receives input and has never had a terminator, so foundTerminator() will not be called, and what "
					+ "is kept of the input is too long after 1048576 bytes: call setTerminator(...) in the "
					+ "constructor, or override collectIncomingData(ByteBuffer)");
		});
	}

	@Test
	void aCharacterIsATerminatorAndNoLength() {
		serve(() -> new Echo() {
			{
				setTerminator('\n');
			}
		}, (client, context) -> client.send("hello\n").expectLine("hello"));
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void nothingIsDoneWithTheInput() {
		serve(DoesNothing::new, (client, context) -> {
			client.send("hello\n");
			assertThat(warning()).startsWith("'x' <" + DoesNothing.class.getName() + " connected 127.0.0.1:")
				.endsWith(" leaves its read events unserved, so they are held back: override handleData(ByteBuffer) or "
						+ "handleRead(), or answer false in readable()");
		});
	}

	@Test
	void handleReadReceivesNothing() {
		serve(() -> new Dispatcher() {

			@Override
			protected void handleRead() {
			}

		}, (client, context) -> {
			client.send("hello\n");
			assertThat(warning()).endsWith(" leaves its read events unserved, so they are held back: call recv() in "
					+ "handleRead(), or answer false in readable()");
		});
	}

	@Test
	void writableIsAlwaysTrue() {
		serve(() -> new Dispatcher() {

			@Override
			protected void handleData(ByteBuffer data) throws IOException {
				send(data);
			}

			@Override
			protected void handleWrite() {
			}

		}, (client, context) -> {
			client.send("hello\n").expectLine("hello");
			assertThat(warning()).endsWith(" leaves its write events unserved, so they are held back: answer false in "
					+ "writable() while there is nothing to send");
		});
	}

	@Test
	void aHandlerBlocks() {
		serve(() -> new Echo() {

			@Override
			protected void foundTerminator() {
				FirstWeekChannelsTests.this.gate.pass();
			}

		}, (client, context) -> {
			client.send("hello\n");
			Awaitility.await().until(() -> !this.log.warnings().isEmpty());
			assertThat(this.log.warnings()).singleElement()
				.asString()
				.startsWith("Handler 'terminator' of 'x' (" + FirstWeekChannelsTests.class.getName())
				.contains(", peer 127.0.0.1:", ") has held loop 'asyncore-loop' for ",
						" ms, and all its channels wait; have such work done by offload() or another thread. It is at",
						".foundTerminator(FirstWeekChannelsTests.java:");
			this.gate.stayOpen();
		}, "asyncore.watchdog.enabled=true");
	}

	@Test
	void oneChannelIsToServeAllConnections() {
		Echo[] only = new Echo[1];
		serve(() -> {
			only[0] = (only[0] != null) ? only[0] : new Echo();
			return only[0];
		}, (client, context) -> {
			client.send("hello\n").expectLine("hello");
			try (ScriptedClient second = ScriptedClient.connect(port(context))) {
				second.expectEnd();
			}
			catch (AssertionError ex) {
				assertThat(ex).hasMessageContaining("reset");
			}
			client.send("again\n").expectLine("again");
			assertThat(error()).contains("keeping channel 'x' <io.asyncore.ServerDispatcher listening ",
					"Each connection needs a new channel, but the channel factory of <",
					" has returned <" + Echo.class.getName());
		});
	}

	@Test
	void theMethodOfTheBeanReturnsNull() {
		serve(() -> null,
				(client, context) -> assertThat(error()).contains(
						"java.lang.IllegalStateException: The method that makes the bean 'x' has returned null, or "
								+ "something that is no Dispatcher: it has to make a channel, or throw"));
	}

	@Test
	void theConstructorFails() {
		serve(() -> {
			throw new IllegalStateException("no channel today");
		}, (client, context) -> {
			assertThat(error())
				.startsWith("uncaught exception, keeping channel 'x' <io.asyncore.ServerDispatcher listening ")
				.contains("Error creating bean with name 'x'");
			assertThat(this.log.traces()).singleElement()
				.asString()
				.contains("Caused by: java.lang.IllegalStateException: no channel today");
		});
	}

	@Test
	void handleOpenFails() {
		serve(() -> new Echo() {

			@Override
			protected void handleOpen() {
				throw new IllegalStateException("cannot open today");
			}

		}, (client, context) -> {
			assertThat(error()).startsWith("uncaught exception, closing channel 'x' <" + getClass().getName())
				.endsWith(": java.lang.IllegalStateException: cannot open today");
			assertThat(this.log.traces()).singleElement()
				.asString()
				.contains(".handleOpen(FirstWeekChannelsTests.java:");
		});
	}

	@Test
	void aHandlerFailsAgainAndAgain() {
		serve(() -> new Echo() {

			@Override
			protected void foundTerminator() {
				throw new IllegalStateException("bad line", new NumberFormatException("For input string: \"abc\""));
			}

		}, (client, context) -> {
			for (int i = 0; i < 12; i++) {
				try (ScriptedClient other = ScriptedClient.connect(port(context))) {
					other.send("abc\n").expectEnd();
				}
			}
			assertThat(this.log.errors()).hasSize(5)
				.allMatch((line) -> line.startsWith("uncaught exception, closing channel 'x' <" + getClass().getName())
						&& line.endsWith(": java.lang.IllegalStateException: bad line"));
			assertThat(this.log.traces()).hasSize(5)
				.allSatisfy((trace) -> assertThat(trace).contains(".foundTerminator(FirstWeekChannelsTests.java:",
						"Caused by: java.lang.NumberFormatException: For input string: \"abc\""));
		});
		assertThat(this.log.errors()).hasSizeLessThanOrEqualTo(6);
	}

	@Test
	void handleClosedFails() {
		serve(() -> new Echo() {

			@Override
			protected void handleClosed(CloseReason reason) {
				throw new IllegalStateException("registry is gone");
			}

		}, (client, context) -> {
			client.send("hello\n").expectLine("hello");
			client.close();
			assertThat(error()).startsWith("handleClosed() of 'x' <" + getClass().getName())
				.endsWith(" failed: java.lang.IllegalStateException: registry is gone");
		});
	}

	/**
	 * Who leaves a registry in handleClose() stays in it when the channel closes itself,
	 * which handleClosed() is told.
	 */
	@Test
	void aRegistryIsLeftInHandleClose() {
		CompletableFuture<String> calls = new CompletableFuture<>();
		serve(() -> new Echo() {

			private String called = "";

			@Override
			protected void foundTerminator() {
				close();
			}

			@Override
			protected void handleClose() throws Exception {
				this.called += "handleClose ";
				super.handleClose();
			}

			@Override
			protected void handleClosed(CloseReason reason) {
				calls.complete(this.called + "handleClosed " + reason.label());
			}

		}, (client, context) -> client.send("hello\n").expectEnd());
		assertThat(calls).isCompletedWithValue("handleClosed local");
	}

	@Test
	void offloadedWorkFails() {
		serve(() -> new Offloading(() -> {
			throw new IOException("db is down");
		}), (client, context) -> {
			client.send("hello\n").expectEnd();
			assertThat(error()).startsWith("uncaught exception, closing channel 'x' <" + Offloading.class.getName())
				.endsWith(": java.io.IOException: db is down");
		});
	}

	@Test
	void offloadedWorkFailsWhenTheChannelIsClosed() {
		serve(() -> new Offloading(() -> {
			this.gate.pass();
			throw new IOException("db is down");
		}), (client, context) -> {
			client.send("hello\n");
			this.gate.awaitArrival();
			Dispatcher channel = context.getBean(ChannelMap.class)
				.channels()
				.stream()
				.filter(Offloading.class::isInstance)
				.findAny()
				.orElseThrow();
			channel.close();
			client.expectEnd();
			this.gate.stayOpen();
			assertThat(error()).contains("'x' <" + Offloading.class.getName())
				.endsWith("java.io.IOException: db is down");
		});
	}

	@Test
	void offloadedWorkIsRejected() {
		serve(() -> new Offloading(() -> "one"), (client, context) -> {
			context.getBean(EventLoop.class).setOffloadExecutor((work) -> {
				throw new RejectedExecutionException("the pool is full");
			});
			client.send("hello\n").expectEnd();
			assertThat(error()).startsWith("uncaught exception, closing channel 'x' <" + Offloading.class.getName())
				.endsWith(": java.util.concurrent.RejectedExecutionException: the pool is full");
		});
	}

	@Test
	void anotherThreadSends() {
		serve(Careless::new, (client, context) -> {
			client.send("x").expectLine("from elsewhere");
			client.send("x").expectLine("from elsewhere");
			assertThat(warning()).startsWith("'x' <" + Careless.class.getName() + " connected 127.0.0.1:")
				.endsWith(" sends or receives on thread 'careless', but belongs to thread 'asyncore-loop', which runs "
						+ "its loop: events may be lost. Do that by map().eventLoop().execute(Runnable), or use a "
						+ "channel with a queue, DispatcherWithSend or AsyncChat, to which any thread may give what is "
						+ "to be sent");
		});
	}

	@Test
	void anotherThreadMaySendByAQueue() {
		serve(() -> new DispatcherWithSend() {

			@Override
			protected void handleData(ByteBuffer data) {
				byte[] copy = StandardCharsets.UTF_8.encode("from elsewhere\n").array();
				new Thread(() -> send(copy)).start();
			}

		}, (client, context) -> client.send("x").expectLine("from elsewhere"));
		serve(() -> new Echo() {

			@Override
			protected void foundTerminator() {
				new Thread(() -> push("from elsewhere\n")).start();
			}

		}, (client, context) -> client.send("x\n").expectLine("from elsewhere"));
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void sendOfAChatIsPush() {
		serve(() -> new Echo() {

			@Override
			protected void foundTerminator() throws IOException {
				push("one ");
				send("two ".getBytes(StandardCharsets.US_ASCII));
				push("three\n");
			}

		}, (client, context) -> client.send("x\n").expectLine("one two three"));
	}

	@Test
	void aClientIsMadeOutsideOfTheLoop() {
		serve(Echo::new, (client, context) -> {
			Dispatcher lost = new Lost();
			lost.createSocket();
			lost.connect(new InetSocketAddress("127.0.0.1", port(context)));
			Awaitility.await().until(() -> !this.log.warnings().isEmpty());
			assertThat(this.log.warnings()).singleElement()
				.asString()
				.endsWith(
						" was made on a thread that runs no loop, so it is in Asyncore.socketMap(), and nobody runs the "
								+ "loop of that: none of its events will come. Give its constructor the map of a loop that "
								+ "runs, the ChannelMap bean for instance, or make it on that loop by "
								+ "EventLoop.execute(Runnable), or make it a bean; or call Asyncore.loop()");
		});
	}

	@Test
	void theLoopIsRunASecondTime() {
		serve(Echo::new, (client, context) -> {
			client.send("hello\n").expectLine("hello");
			ChannelMap map = context.getBean(ChannelMap.class);
			assertThatIllegalStateException().isThrownBy(() -> Asyncore.loop(Duration.ZERO, false, map, 1))
				.withMessage(
						"The event loop belongs to thread 'asyncore-loop': use execute(Runnable) from other threads");
		});
	}

	@Test
	void aClientIsRefused() {
		serve(Echo::new, (client, context) -> {
			int port = FreePort.find();
			on(context, () -> {
				Dispatcher refused = new Echo();
				refused.createSocket();
				refused.connect("127.0.0.1", port);
				return refused;
			});
			assertThat(warning())
				.startsWith("cannot connect, closing channel <" + Echo.class.getName() + " 127.0.0.1:" + port)
				.endsWith(": java.net.ConnectException: Connection refused");
			assertThat(this.log.traces()).isEmpty();
		});
	}

	@Test
	void aSocketIsMissing() {
		serve(Echo::new, (client, context) -> {
			CompletableFuture<Dispatcher> made = on(context, () -> {
				Dispatcher unmade = new Echo();
				unmade.connect("127.0.0.1", 7000);
				return unmade;
			});
			assertThat(made).failsWithin(Loopback.BOUND)
				.withThrowableOfType(Exception.class)
				.withMessageContaining("There is no socket: call createSocket() before connect()");
		});
	}

	@Test
	void aListenerHasNothingToDoWithWhatItAccepts() {
		serve(Echo::new, (client, context) -> {
			Dispatcher listener = on(context, () -> {
				Dispatcher deaf = new DoesNothing();
				deaf.createSocket();
				deaf.bind(Loopback.anyPort());
				deaf.listen(5);
				return deaf;
			}).get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			for (int i = 0; i < 2; i++) {
				try (ScriptedClient other = ScriptedClient.connect(Loopback.port(listener))) {
					other.expectEnd();
				}
			}
			assertThat(warning()).startsWith("<" + DoesNothing.class.getName() + " listening 127.0.0.1:")
				.endsWith(
						" closes each connection that it accepts: override handleAccepted(SocketChannel, SocketAddress) "
								+ "and make a dispatcher with the socket, or use a ServerDispatcher");
		});
	}

	@Test
	void aListenerMayRefuseWhatItAccepts() {
		serve(Echo::new, (client, context) -> {
			Dispatcher listener = on(context, () -> {
				Dispatcher choosy = new Dispatcher() {

					@Override
					protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
						super.handleAccepted(socket, address);
					}

				};
				choosy.createSocket();
				choosy.bind(Loopback.anyPort());
				choosy.listen(5);
				return choosy;
			}).get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			try (ScriptedClient other = ScriptedClient.connect(Loopback.port(listener))) {
				other.expectEnd();
			}
		});
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void aTaskFails() {
		serve(Echo::new, (client, context) -> {
			context.getBean(EventLoop.class).execute(() -> {
				throw new IllegalStateException("no time");
			});
			assertThat(error()).isEqualTo(
					"A task of the event loop failed, the loop goes on: java.lang.IllegalStateException: no time");
			client.send("hello\n").expectLine("hello");
		});
	}

	@Test
	void aFrameIsTooLong() {
		serve(Echo::new, (client, context) -> {
			client.send("hello\n").expectEnd();
			assertThat(warning()).startsWith("closing channel 'x' <" + Echo.class.getName())
				.endsWith(
						"FrameTooLongException: The peer has sent more than 4 bytes without the terminator: if it may, "
								+ "allow more by setMaxFrameLength(int)");
		}, "asyncore.servers.x.max-frame-length=4B");
	}

	private void serve(Supplier<Dispatcher> maker, Visit visit, String... properties) {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
			.withBean("x", Dispatcher.class, maker::get,
					(definition) -> definition.setScope(ConfigurableBeanFactory.SCOPE_PROTOTYPE))
			.withPropertyValues("asyncore.servers.x.port=0", "asyncore.shutdown.grace-period=1s",
					"asyncore.watchdog.enabled=false")
			.withPropertyValues(properties)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				try (ScriptedClient client = ScriptedClient.connect(port(context))) {
					visit.make(client, context);
				}
			});
	}

	private static int port(ApplicationContext context) {
		return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.asyncore.x.port"));
	}

	private static CompletableFuture<Dispatcher> on(ApplicationContext context, Callable<Dispatcher> maker) {
		CompletableFuture<Dispatcher> made = new CompletableFuture<>();
		context.getBean(EventLoop.class).execute(() -> {
			try {
				made.complete(maker.call());
			}
			catch (Exception ex) {
				made.completeExceptionally(ex);
			}
		});
		return made;
	}

	private String warning() {
		return only(this.log::warnings);
	}

	private String error() {
		return only(this.log::errors);
	}

	private static String only(Supplier<List<String>> lines) {
		Awaitility.await().atMost(Loopback.BOUND).until(() -> !lines.get().isEmpty());
		assertThat(lines.get()).hasSize(1);
		return lines.get().get(0);
	}

	static class Echo extends AsyncChat {

		Echo() {
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() throws Exception {
			push(takeIncoming(StandardCharsets.UTF_8) + "\n");
		}

	}

	static class Mute extends AsyncChat {

		@Override
		protected void foundTerminator() {
		}

	}

	static class DoesNothing extends Dispatcher {

	}

	static class Lost extends Dispatcher {

	}

	/**
	 * Sends on a thread that does not run its loop.
	 */
	static class Careless extends Dispatcher {

		@Override
		protected void handleData(ByteBuffer data) throws Exception {
			Thread thread = new Thread(this::answer, "careless");
			thread.start();
			thread.join(Loopback.BOUND.toMillis());
		}

		private void answer() {
			try {
				send("from elsewhere\n".getBytes(StandardCharsets.US_ASCII));
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	static class Offloading extends Echo {

		private final Callable<String> work;

		Offloading(Callable<String> work) {
			this.work = work;
		}

		@Override
		protected void foundTerminator() {
			offload(this.work, this::push);
		}

	}

	/**
	 * What a client does.
	 */
	@FunctionalInterface
	private interface Visit {

		void make(ScriptedClient client, ApplicationContext context) throws Exception;

	}

}
