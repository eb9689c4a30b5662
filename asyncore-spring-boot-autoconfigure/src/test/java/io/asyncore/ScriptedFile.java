package io.asyncore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file that records its events and does in each what the test says; if it says nothing,
 * reads everything, writes nothing and closes at the end. Is asked what it waits for only
 * when something has happened to it, so that a test does not hide what nobody announces.
 */
class ScriptedFile extends FileDispatcher {

	final List<String> events = Collections.synchronizedList(new ArrayList<>());

	final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

	final StringBuffer received = new StringBuffer();

	private final Map<String, Script> scripts = new HashMap<>();

	private volatile boolean readable = true;

	private volatile boolean writable;

	ScriptedFile(ChannelMap map) {
		super(map);
	}

	ScriptedFile(Path file, ChannelMap map, OpenOption... options) throws IOException {
		super(file, map, options);
	}

	/**
	 * Replace what is done in an event: {@code open}, {@code read}, {@code write},
	 * {@code close} or {@code error}.
	 */
	ScriptedFile on(String event, Script script) {
		this.scripts.put(event, script);
		return this;
	}

	/**
	 * Say from now on whether it wants to read.
	 */
	ScriptedFile reading(boolean readable) {
		this.readable = readable;
		interestChanged();
		return this;
	}

	/**
	 * Say from now on whether it wants to write.
	 */
	ScriptedFile writing(boolean writable) {
		this.writable = writable;
		interestChanged();
		return this;
	}

	private boolean runs(String event) throws Exception {
		this.events.add(event);
		Script script = this.scripts.get(event);
		if (script != null) {
			script.run(this);
		}
		return script != null;
	}

	boolean has(String event) {
		return this.events.contains(event);
	}

	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return true;
	}

	@Override
	protected boolean readable() {
		return this.readable;
	}

	@Override
	protected boolean writable() {
		return this.writable;
	}

	@Override
	protected void handleOpen() throws Exception {
		runs("open");
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

		void run(ScriptedFile file) throws Exception;

	}

}
