package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HookInterceptor}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HookInterceptorTests extends MonitoringFixture {

	private final List<String> events = new ArrayList<>();

	@Test
	void standsAroundAHandler() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.events.add("read");
		});
		this.monitor.addInterceptor((intercepted, hook, invocation) -> {
			this.events.add("before " + hook.label() + " " + (intercepted == channel));
			invocation.proceed();
			this.events.add("after");
		});
		deliver(peer, channel, "x");
		assertThat(this.events).containsExactly("before read true", "read", "after");
	}

	@Test
	void theFirstOneIsTheOuterOne() throws IOException {
		this.monitor.addInterceptor(recording("outer"));
		this.monitor.addInterceptor(recording("inner"));
		Peer peer = peer();
		deliver(peer, channel(peer), "x");
		assertThat(this.events).containsExactly("outer read", "inner read", "inner end", "outer end");
	}

	@Test
	void isAddedAndRemovedWhileTheLoopRuns() throws IOException {
		HookInterceptor first = recording("first");
		HookInterceptor second = recording("second");
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(1);
			this.events.add(self.received.toString());
			switch (self.received.toString()) {
				case "a" -> this.monitor.addInterceptor(first);
				case "ab" -> this.monitor.addInterceptor(second);
				case "abc" -> this.monitor.removeInterceptor(first);
				default -> this.monitor.removeInterceptor(second);
			}
		});
		for (String text : List.of("a", "b", "c", "d", "e")) {
			deliver(peer, channel, text);
		}
		assertThat(this.events).containsExactly("a", "first read", "ab", "first end", "first read", "second read",
				"abc", "second end", "first end", "second read", "abcd", "second end", "abcde");
	}

	@Test
	void predicatesAreNotIntercepted() throws IOException {
		this.monitor.addInterceptor(recording("never"));
		Scripted channel = channel(peer());
		channel.readable = () -> true;
		passes(3);
		assertThat(this.events).isEmpty();
	}

	@Test
	void eachKindOfHandlerIsIntercepted() throws IOException {
		this.monitor.addInterceptor((channel, hook, invocation) -> {
			this.events.add(hook.label());
			invocation.proceed();
		});
		ServerDispatcher server = server((socket, address) -> new Scripted(socket, this.map).on("read", (self) -> {
			throw new IllegalStateException("as planned");
		}));
		Scripted client = connecting(server.localAddress());
		client.writable = () -> this.events.contains("open") && !this.events.contains("write");
		client.on("write", (self) -> self.send(new byte[1]));
		until(() -> this.events.contains("error"));
		client.callLater(Duration.ZERO, () -> this.events.add("run"));
		client.readable = () -> false;
		until(() -> this.events.contains("run"));
		assertThat(this.events).containsExactlyInAnyOrder("connect", "accept", "open", "write", "read", "error", "task",
				"run");
		assertThat(this.events).containsSubsequence("accept", "open", "read", "error", "task", "run");
	}

	@Test
	void whatIsCalledWithinAHandlerIsInterceptedToo() throws IOException {
		this.monitor.addInterceptor(recording("it"));
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.events.add("read");
		});
		peer.reset();
		until(channel::closed);
		assertThat(this.events).containsExactly("it read", "it close", "it end", "read", "it end");
	}

	@Test
	void whenItFailsThatIsAFailureOfTheHandler() throws IOException {
		this.monitor.setTimed(true);
		this.monitor.addInterceptor((channel, hook, invocation) -> {
			invocation.proceed();
			if (hook == Hook.READ) {
				throw new IOException("as planned");
			}
		});
		Peer peer = peer();
		Scripted channel = channel(peer);
		peer.send("x");
		until(channel::closed);
		assertThat(channel.events).containsExactly("read", "error", "close");
		assertThat(channel.failures).singleElement().isInstanceOf(IOException.class);
		assertThat(group().failures(Hook.READ)).isEqualTo(1);
		assertThat(group().closed(CloseReason.ERROR)).isEqualTo(1);
	}

	@Test
	void whenItFailsWithEveryHandlerTheChannelIsClosedAndTheLoopGoesOn() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer);
		Peer otherPeer = peer();
		Scripted other = channel(otherPeer);
		this.monitor.addInterceptor((intercepted, hook, invocation) -> {
			if (intercepted == channel) {
				throw new IOException("as planned");
			}
			invocation.proceed();
		});
		peer.send("x");
		try (CapturedLog log = new CapturedLog()) {
			until(channel::closed);
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(channel.events).isEmpty();
		assertThat(group().closed(CloseReason.ERROR)).isEqualTo(1);
		deliver(otherPeer, other, "y");
	}

	@Test
	void seesWhatTheHandlerThrowsAndMayKeepIt() throws IOException {
		this.monitor.addInterceptor((channel, hook, invocation) -> {
			try {
				invocation.proceed();
			}
			catch (IllegalStateException ex) {
				this.events.add(hook.label() + " " + ex.getMessage());
			}
		});
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			throw new IllegalStateException("as planned");
		});
		deliver(peer, channel, "x");
		pass();
		assertThat(this.events).containsExactly("read as planned");
		assertThat(channel.failures).isEmpty();
		assertThat(channel.connected()).isTrue();
	}

	@Test
	void whenItDoesNotProceedTheHandlerIsNotCalled() throws IOException {
		Scripted channel = channel(peer());
		this.monitor.addInterceptor((intercepted, hook, invocation) -> this.events.add(hook.label()));
		channel.callLater(Duration.ZERO, () -> this.events.add("run"));
		passes(2);
		assertThat(this.events).containsExactly("task");
	}

	@Test
	void exitsGoThroughIt() throws IOException {
		this.monitor.addInterceptor(recording("it"));
		Scripted channel = channel(peer());
		channel.callLater(Duration.ZERO, () -> {
			throw new ExitNow();
		});
		try {
			passes(2);
			this.events.add("no exit");
		}
		catch (ExitNow ex) {
			this.events.add("exit");
		}
		assertThat(this.events).containsExactly("it task", "it end", "exit");
		assertThat(channel.failures).isEmpty();
		assertThat(this.monitor.activity().hook()).isNull();
	}

	private HookInterceptor recording(String name) {
		return (channel, hook, invocation) -> {
			this.events.add(name + " " + hook.label());
			try {
				invocation.proceed();
			}
			finally {
				this.events.add(name + " end");
			}
		};
	}

}
