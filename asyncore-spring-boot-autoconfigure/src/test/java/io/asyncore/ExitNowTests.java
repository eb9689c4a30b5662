package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ExitNow}: what it leaves the loop from, and that other exceptions do
 * not.
 */
@Timeout(60)
class ExitNowTests extends MapFixture {

	@Test
	void isUncheckedAndHasNoArguments() {
		assertThat(new ExitNow()).isInstanceOf(RuntimeException.class);
	}

	@ParameterizedTest
	@EnumSource(Place.class)
	void leavesLoop(Place place) throws IOException {
		ExitNow exit = new ExitNow();
		place.arrange(this, exit);
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passUntil(() -> false)).isSameAs(exit);
		assertThat(EventLoop.current()).isNull();
	}

	@ParameterizedTest
	@EnumSource(Place.class)
	void leavesPoll(Place place) throws IOException {
		ExitNow exit = new ExitNow();
		place.arrange(this, exit);
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> {
			for (int i = 0; i < 1000; i++) {
				Asyncore.poll(Duration.ofMillis(10), this.map);
			}
		}).isSameAs(exit);
	}

	@ParameterizedTest
	@EnumSource(Place.class)
	void leavesRun(Place place) throws Exception {
		ExitNow exit = new ExitNow();
		place.arrange(this, exit);
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> Peer.elsewhere(() -> {
			this.map.eventLoop().run();
			return null;
		})).isSameAs(exit);
	}

	@ParameterizedTest
	@EnumSource(Place.class)
	void loopCanBeRunAgain(Place place) throws IOException {
		Scripted channel = place.arrange(this, new ExitNow());
		Peer peer = peer();
		Scripted other = new Scripted(peer.near(), this.map);
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passUntil(() -> false));
		channel.close();
		peer.send("still served");
		passUntil(() -> other.received.toString().equals("still served"));
	}

	@ParameterizedTest
	@EnumSource(value = Place.class, mode = Mode.EXCLUDE, names = { "ERROR", "LOOP_TASK", "LOOP_TIMER" })
	void otherExceptionsGoToHandleError(Place place) throws IOException {
		IllegalStateException failure = new IllegalStateException("as planned");
		Scripted channel = place.arrange(this, failure);
		passUntil(() -> channel.events.contains("error"));
		assertThat(channel.failures).containsExactly(failure);
	}

	@ParameterizedTest
	@EnumSource(value = Place.class, names = { "LOOP_TASK", "LOOP_TIMER" })
	void otherExceptionsOfTasksAreLogged(Place place) throws IOException {
		Scripted channel = place.arrange(this, new IllegalStateException("as planned"));
		boolean[] ran = new boolean[1];
		this.map.eventLoop().callLater(Duration.ofMillis(1), () -> ran[0] = true);
		try (CapturedLog log = new CapturedLog()) {
			passUntil(() -> ran[0]);
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(channel.closed()).isFalse();
		assertThat(channel.events).isEmpty();
	}

	@Test
	void subclassesLeaveLoopToo() throws IOException {
		ExitNow exit = new ExitNow() {

			private static final long serialVersionUID = 1L;

		};
		Place.READ.arrange(this, exit);
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passUntil(() -> false)).isSameAs(exit);
	}

	@Test
	void leavesNestedLoopAndThenTheOuterOne() throws IOException {
		List<String> left = new ArrayList<>();
		Peer inner = peer();
		Scripted exiting = new Scripted(inner.near(), this.map).on("read", (channel) -> {
			throw new ExitNow();
		});
		exiting.readable = () -> left.contains("nested");
		Peer outer = peer();
		new Scripted(outer.near(), this.map).on("read", (channel) -> {
			channel.receive(100);
			left.add("nested");
			try {
				Loopback.passUntil(this.map, () -> false);
			}
			catch (ExitNow ex) {
				left.add("inner");
				throw ex;
			}
		});
		inner.send("x");
		outer.send("x");
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passUntil(() -> false));
		assertThat(left).containsExactly("nested", "inner");
	}

	private Scripted channel() throws IOException {
		return new Scripted(peer().near(), this.map);
	}

	/**
	 * Where something can be thrown, and how to come there.
	 */
	private enum Place {

		READABLE {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted channel = test.channel();
				channel.readable = () -> {
					throw failure;
				};
				return channel;
			}

		},

		WRITABLE {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted channel = test.channel();
				channel.writable = () -> {
					throw failure;
				};
				return channel;
			}

		},

		READ {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Peer peer = test.peer();
				Scripted channel = throwing(new Scripted(peer.near(), test.map), "read", failure);
				peer.send("x");
				return channel;
			}

		},

		WRITE {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted channel = throwing(test.channel(), "write", failure);
				channel.writable = () -> true;
				return channel;
			}

		},

		CONNECT {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted server = Scripted.listening(test.map);
				return throwing(Scripted.connecting(test.map, server.localAddress()), "connect", failure);
			}

		},

		ACCEPT {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted server = Scripted.listening(test.map).on("accept", (channel) -> {
					channel.accept();
					throw failure;
				});
				test.keep(Peer.connectTo(server.localAddress()));
				return server;
			}

		},

		ACCEPTED {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted server = throwing(Scripted.listening(test.map), "accepted", failure);
				test.keep(Peer.connectTo(server.localAddress()));
				return server;
			}

		},

		CLOSE {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Peer peer = test.peer();
				Scripted channel = throwing(new Scripted(peer.near(), test.map), "close", failure);
				peer.close();
				return channel;
			}

		},

		ERROR {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				return throwing(Scripted.connecting(test.map, Peer.nobody()), "error", failure);
			}

		},

		CHANNEL_TIMER {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted channel = test.channel();
				channel.callLater(Duration.ZERO, () -> {
					throw failure;
				});
				return channel;
			}

		},

		OFFLOAD {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				Scripted channel = test.channel();
				channel.offload(() -> "", (result) -> {
					throw failure;
				});
				return channel;
			}

		},

		LOOP_TASK {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				test.map.eventLoop().execute(() -> {
					throw failure;
				});
				return test.channel();
			}

		},

		LOOP_TIMER {

			@Override
			Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException {
				test.map.eventLoop().callLater(Duration.ZERO, () -> {
					throw failure;
				});
				return test.channel();
			}

		};

		abstract Scripted arrange(ExitNowTests test, RuntimeException failure) throws IOException;

		private static Scripted throwing(Scripted channel, String event, RuntimeException failure) {
			return channel.on(event, (self) -> {
				throw failure;
			});
		}

	}

}
