package io.asyncore.chat;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;

/**
 * A chat that records its frames and events, and does in each what the test says.
 */
class ScriptedChat extends AsyncChat {

	/**
	 * For instance {@code connect}, {@code frame hello}, {@code error}, {@code close}.
	 */
	final List<String> events = Collections.synchronizedList(new ArrayList<>());

	final List<String> frames = Collections.synchronizedList(new ArrayList<>());

	/** What the collector was given, piece by piece. */
	final List<String> pieces = Collections.synchronizedList(new ArrayList<>());

	final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

	/** The room each read had. */
	final List<Integer> reads = Collections.synchronizedList(new ArrayList<>());

	/** The bytes each write was given. */
	final List<Integer> writes = Collections.synchronizedList(new ArrayList<>());

	volatile long received;

	volatile CloseReason reason;

	boolean staysOpenOnError;

	private final Map<String, Script> scripts = new HashMap<>();

	ScriptedChat(ChannelMap map) {
		super(map);
	}

	ScriptedChat(SelectableChannel socket, ChannelMap map) throws IOException {
		super(socket, map);
	}

	static ScriptedChat connecting(ChannelMap map, SocketAddress address) throws IOException {
		ScriptedChat chat = new ScriptedChat(map);
		chat.createSocket();
		chat.connect(address);
		return chat;
	}

	/**
	 * Add to what is done in an event: {@code connect}, {@code collect}, {@code frame},
	 * {@code eof}, {@code error} or {@code close}.
	 */
	ScriptedChat on(String event, Script script) {
		this.scripts.put(event, script);
		return this;
	}

	/**
	 * Add to what is done when a frame of that content is found.
	 */
	ScriptedChat onFrame(String content, Script script) {
		return on("frame " + content, script);
	}

	void work(Runnable work) {
		offload(work);
	}

	private void run(String event) throws Exception {
		Script script = this.scripts.get(event);
		if (script != null) {
			script.run(this);
		}
	}

	@Override
	public int recv(ByteBuffer buffer) throws IOException {
		this.reads.add(buffer.remaining());
		int count = super.recv(buffer);
		this.received += Math.max(0, count);
		return count;
	}

	@Override
	public int send(ByteBuffer data) throws IOException {
		this.writes.add(data.remaining());
		return super.send(data);
	}

	@Override
	protected void collectIncomingData(ByteBuffer data) throws Exception {
		this.pieces.add(StandardCharsets.ISO_8859_1.decode(data.duplicate()).toString());
		run("collect");
		super.collectIncomingData(data);
	}

	@Override
	protected void foundTerminator() throws Exception {
		String frame = takeIncoming(StandardCharsets.ISO_8859_1);
		this.frames.add(frame);
		this.events.add("frame " + frame);
		run("frame");
		run("frame " + frame);
	}

	/**
	 * Return what was collected since the last frame, and forget it.
	 */
	String tail() {
		return takeIncoming(StandardCharsets.ISO_8859_1);
	}

	@Override
	protected void handleConnect() throws Exception {
		this.events.add("connect");
		run("connect");
	}

	@Override
	protected void handleEof() throws Exception {
		this.events.add("eof");
		run("eof");
		super.handleEof();
	}

	@Override
	protected void handleClosed(CloseReason reason) {
		this.reason = reason;
	}

	@Override
	protected void handleClose() throws Exception {
		this.events.add("close");
		run("close");
		super.handleClose();
	}

	@Override
	protected void handleError(Throwable failure) throws Exception {
		this.failures.add(failure);
		this.events.add("error");
		run("error");
		if (!this.staysOpenOnError) {
			super.handleError(failure);
		}
	}

	// keeps the output of the build free of failures that are meant to happen
	@Override
	protected Set<String> ignoreLogTypes() {
		return Set.of("warning", "error");
	}

	@FunctionalInterface
	interface Script {

		void run(ScriptedChat chat) throws Exception;

	}

}
