package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the interrupt status that somebody leaves behind in the thread of a loop: it
 * ends with whoever has set it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InterruptsTests extends MonitoringFixture {

	private static final int LENGTH = 4 * 1024 * 1024;

	private boolean done;

	@AfterEach
	void leavesNothingBehind() {
		assertThat(Thread.interrupted()).as("told in the end").isFalse();
	}

	private void interrupt() {
		this.done = true;
		Thread.currentThread().interrupt();
	}

	@ParameterizedTest
	@EnumSource(Place.class)
	void endsWithWhoHasSetIt(Place place) throws Exception {
		List<Boolean> seen = new ArrayList<>();
		Scripted witness = new Scripted(peer().near(), this.map).on("write", (self) -> {
			if (this.done) {
				seen.add(Thread.currentThread().isInterrupted());
			}
		});
		pass();
		place.arrange(this);
		witness.writable = () -> {
			if (this.done) {
				seen.add(Thread.currentThread().isInterrupted());
			}
			return true;
		};
		until(() -> this.done && seen.size() >= 4);
		assertThat(seen).doesNotContain(true);
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
	}

	@ParameterizedTest
	@EnumSource(Place.class)
	void disturbsNoFileThatIsSent(Place place, @TempDir Path folder) throws Exception {
		Path path = Files.write(folder.resolve("file"), new byte[LENGTH]);
		Peer peer = keep(Peer.withSmallBuffers());
		long[] sent = new long[1];
		try (FileChannel file = FileChannel.open(path)) {
			Scripted download = new Scripted(peer.near(), this.map).on("write",
					(self) -> sent[0] += self.send(file, sent[0], LENGTH));
			download.writable = () -> sent[0] < LENGTH;
			until(() -> sent[0] > 0);
			place.arrange(this);
			until(() -> this.done);
			until(() -> peer.poll().count() == LENGTH);
			assertThat(download.failures).isEmpty();
			download.close();
		}
	}

	@Test
	void lastsForAsLongAsItsHandlerRuns() throws IOException {
		List<Boolean> seen = new ArrayList<>();
		Scripted other = channel(peer());
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(1);
			interrupt();
			// calls handleClose()
			self.receive(1);
			seen.add(Thread.currentThread().isInterrupted());
			this.map.eventLoop().callLater(Duration.ZERO, () -> seen.add(Thread.currentThread().isInterrupted()));
			pass();
			seen.add(Thread.currentThread().isInterrupted());
			self.callHook(Hook.TERMINATOR, self, (called) -> {
			});
			seen.add(Thread.currentThread().isInterrupted());
			other.close();
			seen.add(Thread.currentThread().isInterrupted());
		});
		peer.send("x");
		peer.endOutput();
		until(channel::closed);
		assertThat(seen).as("but not in a task that an inner loop runs").containsExactly(true, false, true, true, true);
	}

	@Test
	void handlerThatIsInterruptedSendsAFileAllTheSame(@TempDir Path folder) throws IOException {
		Path path = Files.write(folder.resolve("file"), new byte[1000]);
		Peer peer = peer();
		List<Boolean> seen = new ArrayList<>();
		try (FileChannel file = FileChannel.open(path)) {
			Scripted channel = channel(peer).on("read", (self) -> {
				self.receive(1);
				interrupt();
				self.send(file, 0, 1000);
				seen.add(Thread.currentThread().isInterrupted());
				seen.add(file.isOpen());
			});
			peer.send("x");
			until(() -> peer.poll().count() == 1000);
			assertThat(channel.failures).isEmpty();
		}
		assertThat(seen).containsExactly(true, true);
	}

	@Test
	void oneFromOutsideWhileTheSystemCopiesAFileFailsThatChannelOnly(@TempDir Path folder) throws IOException {
		Path path = Files.write(folder.resolve("file"), new byte[1000]);
		ScriptedEndpoint endpoint = new ScriptedEndpoint(peer().near());
		FileChannel file = keep(FileChannel.open(path));
		endpoint.writes.add((buffer) -> {
			file.close();
			throw new ClosedByInterruptException();
		});
		Scripted channel = named(new Scripted(this.map)).on("write", (self) -> self.send(file, 0, 1000));
		channel.channel().use(endpoint);
		channel.writable = () -> true;
		Scripted other = channel(peer());
		until(channel::closed);
		// not one that looks as if nothing had been sent
		assertThat(channel.failures).singleElement()
			.isExactlyInstanceOf(IOException.class)
			.satisfies((failure) -> assertThat(failure).hasCauseInstanceOf(ClosedByInterruptException.class));
		assertThat(other.connected()).isTrue();
	}

	@Test
	void endsWithEachOfTheConnectionsThatAreAcceptedInOneGo() throws IOException {
		List<Boolean> seen = new ArrayList<>();
		Scripted listener = listener().onAccepted((socket) -> {
			seen.add(Thread.currentThread().isInterrupted());
			socket.close();
			interrupt();
		});
		ServerDispatcher server = server((socket, address) -> {
			seen.add(Thread.currentThread().isInterrupted());
			interrupt();
			return new Scripted(socket, this.map) {

				@Override
				protected void handleOpen() {
					seen.add(Thread.currentThread().isInterrupted());
					interrupt();
				}

			};
		});
		for (int i = 0; i < 3; i++) {
			keep(Peer.connectTo(listener.localAddress()));
			keep(Peer.connectTo(server.localAddress()));
		}
		until(() -> seen.size() == 9);
		assertThat(seen).doesNotContain(true);
	}

	@Test
	void oneFromOutsideWhileTheLoopWaitsIsTold() throws Exception {
		ChannelMap real = new ChannelMap();
		List<Boolean> seen = Collections.synchronizedList(new ArrayList<>());
		LoopThread thread = LoopThread.run(real);
		real.eventLoop().monitor().addObserver(new EventLoopObserver() {

			@Override
			public void found(long waited, long worked) {
				seen.add(Thread.currentThread().isInterrupted());
			}

		});
		// one that comes while a task runs may be that of the task
		Awaitility.await().atMost(Loopback.BOUND).until(() -> thread.thread().getState() == Thread.State.TIMED_WAITING);
		thread.thread().interrupt();
		thread.awaitPass();
		thread.call(() -> {
			Thread.currentThread().interrupt();
			return null;
		});
		thread.close();
		assertThat(thread.isInterruptedAtEnd()).isTrue();
		assertThat(seen).isNotEmpty().doesNotContain(true);
	}

	@Test
	void oneOfATaskIsNotTold() throws Exception {
		LoopThread thread = LoopThread.run(new ChannelMap());
		thread.call(() -> {
			Thread.currentThread().interrupt();
			return null;
		});
		thread.close();
		assertThat(thread.isInterruptedAtEnd()).isFalse();
	}

	@Test
	void oneOfATaskThatLeavesTheLoopIsNotTold() {
		this.map.eventLoop().execute(() -> {
			interrupt();
			throw new ExitNow();
		});
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> Asyncore.poll(Duration.ZERO, this.map));
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
	}

	/**
	 * Where somebody may leave the status set.
	 */
	private enum Place {

		READ {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.receiving((self) -> {
					self.receive(1);
					test.interrupt();
				});
			}

		},

		FAILED_READ {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.receiving((self) -> {
					test.interrupt();
					throw new IOException("as planned");
				});
			}

		},

		ERROR {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.receiving((self) -> {
					throw new IOException("as planned");
				}).on("error", (self) -> {
					self.close();
					test.interrupt();
				});
			}

		},

		CONNECT {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.connecting(test.listener().localAddress()).on("connect", (self) -> test.interrupt());
			}

		},

		END {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				Peer peer = test.peer();
				test.named(new Scripted(peer.near(), test.map) {

					@Override
					protected void handleEof() {
						close();
						test.interrupt();
					}

				});
				peer.endOutput();
			}

		},

		READABLE {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.channel(test.peer()).readable = () -> {
					test.interrupt();
					return true;
				};
			}

		},

		PROMISE {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.named(new Scripted(test.peer().near(), test.map) {

					@Override
					protected boolean predicatesDependOnOwnEventsOnly() {
						test.interrupt();
						return true;
					}

				});
			}

		},

		TASK {

			@Override
			void arrange(InterruptsTests test) {
				test.map.eventLoop().execute(test::interrupt);
			}

		},

		TIMER {

			@Override
			void arrange(InterruptsTests test) {
				test.map.eventLoop().callLater(Duration.ZERO, test::interrupt);
			}

		},

		CHANNEL_TIMER {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.channel(test.peer()).callLater(Duration.ZERO, test::interrupt);
			}

		},

		OFFLOADED {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.channel(test.peer()).offload(() -> "", (result) -> test.interrupt());
			}

		},

		ACCEPTED {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				Scripted listener = test.listener().onAccepted((socket) -> {
					socket.close();
					test.interrupt();
				});
				test.keep(Peer.connectTo(listener.localAddress()));
			}

		},

		FACTORY {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				ServerDispatcher server = test.server((socket, address) -> {
					test.interrupt();
					return new Scripted(socket, test.map);
				});
				test.keep(Peer.connectTo(server.localAddress()));
			}

		},

		INTERCEPTOR {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.monitor.addInterceptor((channel, hook, invocation) -> {
					invocation.proceed();
					if (hook == Hook.READ) {
						test.interrupt();
					}
				});
				test.receiving((self) -> self.receive(1));
			}

		},

		HOOK_OBSERVER {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.monitor.setTimed(true);
				test.monitor.addObserver(new EventLoopObserver() {

					@Override
					public HookObserver hooks(ChannelStats group) {
						return (hook, nanos, failure) -> test.interrupt();
					}

				});
				test.receiving((self) -> self.receive(1));
			}

		},

		OBSERVER_OF_PASSES {

			@Override
			void arrange(InterruptsTests test) {
				test.monitor.addObserver(new EventLoopObserver() {

					@Override
					public void found(long waited, long worked) {
						test.interrupt();
					}

				});
			}

		},

		OBSERVER_OF_TIMERS {

			@Override
			void arrange(InterruptsTests test) {
				test.monitor.addObserver(new EventLoopObserver() {

					@Override
					public void late(long nanos) {
						test.interrupt();
					}

				});
				test.map.eventLoop().callLater(Duration.ZERO, () -> {
				});
			}

		},

		OBSERVER_OF_CHANNELS {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				test.monitor.addObserver(new EventLoopObserver() {

					@Override
					public void opened(Dispatcher channel) {
						test.interrupt();
					}

				});
				test.channel(test.peer());
			}

		},

		ACCEPT_ITSELF {

			@Override
			void arrange(InterruptsTests test) throws IOException {
				Dispatcher listener = new Dispatcher(test.map) {

					@Override
					protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
						socket.close();
					}

					@Override
					protected void handleAccept() throws Exception {
						super.handleAccept();
						test.interrupt();
					}

				};
				listener.createSocket();
				listener.bind(Loopback.anyPort());
				listener.listen(1);
				test.keep(Peer.connectTo(listener.localAddress()));
			}

		};

		abstract void arrange(InterruptsTests test) throws IOException;

	}

}
