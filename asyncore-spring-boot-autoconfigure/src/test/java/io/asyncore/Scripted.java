package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * A dispatcher that records its events and does in each what the test says; if it says
 * nothing, reads everything, writes nothing and closes when the peer does.
 */
class Scripted extends Dispatcher {

	final List<String> events = Collections.synchronizedList(new ArrayList<>());

	final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

	final StringBuffer received = new StringBuffer();

	BooleanSupplier readable = () -> true;

	BooleanSupplier writable = () -> false;

	private final Map<String, Script> scripts = new HashMap<>();

	Scripted(ChannelMap map) {
		super(map);
	}

	Scripted(SelectableChannel socket, ChannelMap map) throws IOException {
		super(socket, map);
	}

	static Scripted listening(ChannelMap map) throws IOException {
		Scripted listener = new Scripted(map);
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(128);
		return listener;
	}

	static Scripted connecting(ChannelMap map, SocketAddress address) throws IOException {
		Scripted channel = new Scripted(map);
		channel.createSocket();
		channel.connect(address);
		return channel;
	}

	/**
	 * Replace what is done in an event: {@code read}, {@code write}, {@code connect},
	 * {@code accept}, {@code accepted}, {@code close} or {@code error}.
	 */
	Scripted on(String event, Script script) {
		this.scripts.put(event, script);
		return this;
	}

	boolean runs(String event) throws Exception {
		this.events.add(event);
		Script script = this.scripts.get(event);
		if (script != null) {
			script.run(this);
		}
		return script != null;
	}

	@Override
	protected boolean readable() {
		return this.readable.getAsBoolean();
	}

	@Override
	protected boolean writable() {
		return this.writable.getAsBoolean();
	}

	@Override
	protected void handleRead() throws Exception {
		if (!runs("read")) {
			receive(65536);
		}
	}

	void receive(int size) throws IOException {
		this.received.append(new String(recv(size), StandardCharsets.ISO_8859_1));
	}

	@Override
	protected void handleWrite() throws Exception {
		runs("write");
	}

	@Override
	protected void handleConnect() throws Exception {
		runs("connect");
	}

	@Override
	protected void handleAccept() throws Exception {
		if (!this.scripts.containsKey("accept") || !runs("accept")) {
			super.handleAccept();
		}
	}

	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
		this.events.add("accepted");
		Script script = this.scripts.get("accepted");
		if (script instanceof AcceptedScript accepted) {
			accepted.run(socket);
		}
		else if (script != null) {
			script.run(this);
		}
		else {
			socket.close();
		}
	}

	Scripted onAccepted(AcceptedScript script) {
		return on("accepted", script);
	}

	@Override
	protected void handleClose() throws Exception {
		if (!runs("close")) {
			close();
		}
	}

	@Override
	protected void handleError(Throwable failure) throws Exception {
		this.failures.add(failure);
		if (!runs("error")) {
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

		void run(Scripted channel) throws Exception;

	}

	@FunctionalInterface
	interface AcceptedScript extends Script {

		void run(SocketChannel socket) throws Exception;

		@Override
		default void run(Scripted channel) {
			throw new IllegalStateException("not for this event");
		}

	}

}
