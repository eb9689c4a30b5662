package io.asyncore.chat;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BooleanSupplier;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;

/**
 * A chat, its peer, and the passes that the test has made for them.
 *
 * @param <C> the kind of chat
 */
final class Conversation<C extends ScriptedChat> implements AutoCloseable {

	final ChannelMap map;

	final Peer peer;

	final C chat;

	private boolean usePoll;

	private Conversation(ChannelMap map, Peer peer, Maker<C> maker) throws IOException {
		this.map = map;
		this.peer = peer;
		this.chat = maker.make(peer.near(), map);
	}

	static Conversation<ScriptedChat> begin() throws IOException {
		return begin(new ChannelMap());
	}

	static Conversation<ScriptedChat> begin(ChannelMap map) throws IOException {
		return new Conversation<>(map, Peer.withNearEnd(), ScriptedChat::new);
	}

	static Conversation<PausingChat> withPauses() throws IOException {
		return with(PausingChat::new);
	}

	/**
	 * Begin one in which the sockets take little at a time.
	 */
	static Conversation<ScriptedChat> withSmallBuffers() throws IOException {
		return withSmallBuffers(new ChannelMap());
	}

	static Conversation<ScriptedChat> withSmallBuffers(ChannelMap map) throws IOException {
		return new Conversation<>(map, Peer.withSmallBuffers(), ScriptedChat::new);
	}

	static <C extends ScriptedChat> Conversation<C> with(Maker<C> maker) throws IOException {
		return new Conversation<>(new ChannelMap(), Peer.withNearEnd(), maker);
	}

	Conversation<C> usePoll(boolean usePoll) {
		this.usePoll = usePoll;
		return this;
	}

	/**
	 * Have the peer send something, and make passes until the chat has dealt with it.
	 */
	void deliver(String text) throws IOException {
		long expected = this.chat.received + text.length();
		this.peer.send(text);
		until(() -> this.chat.received == expected && !this.chat.inputPending());
	}

	void deliverBytewise(String text) throws IOException {
		for (int i = 0; i < text.length(); i++) {
			deliver(text.substring(i, i + 1));
		}
	}

	/**
	 * Make one pass that does not wait.
	 */
	void pass() throws IOException {
		Loopback.onePass(this.map, this.usePoll, Duration.ZERO);
	}

	void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			pass();
		}
	}

	void until(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, this.usePoll, condition);
	}

	/**
	 * Make passes, with the peer reading all the time.
	 */
	void untilPeer(BooleanSupplier condition) throws IOException {
		until(() -> {
			this.peer.poll();
			return condition.getAsBoolean();
		});
	}

	void untilPeerHas(String text) throws IOException {
		untilPeer(() -> this.peer.count() >= text.length());
		if (!this.peer.text().equals(text)) {
			throw new AssertionError("Expected '" + text + "' and not '" + this.peer.text() + "'");
		}
	}

	void untilPeerIsAtEnd() throws IOException {
		untilPeer(this.peer::isEnded);
	}

	/**
	 * Have the peer close, as one does that has seen the end, and make passes until the
	 * chat is closed too.
	 */
	void untilClosed() throws IOException {
		untilPeerIsAtEnd();
		this.peer.close();
		until(this.chat::closed);
	}

	/**
	 * Make passes until the socket takes no more.
	 */
	void untilFull() throws IOException {
		int before;
		int quiet = 0;
		while (quiet < 5) {
			before = this.chat.writes.size();
			Loopback.onePass(this.map, this.usePoll, Duration.ofMillis(10));
			quiet = (this.chat.writes.size() > before) ? 0 : quiet + 1;
		}
	}

	static String repeat(String text, int length) {
		return text.repeat(length / text.length() + 1).substring(0, length);
	}

	static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

	@Override
	public void close() throws IOException {
		Asyncore.closeAll(this.map, true);
		this.peer.near().close();
		this.peer.close();
	}

	/**
	 * Makes a chat.
	 *
	 * @param <C> its kind
	 */
	@FunctionalInterface
	interface Maker<C> {

		C make(SelectableChannel socket, ChannelMap map) throws IOException;

	}

}
