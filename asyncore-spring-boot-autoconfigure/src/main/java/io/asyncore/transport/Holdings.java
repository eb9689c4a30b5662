package io.asyncore.transport;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a map has of the system: the selector of its loop and the sockets of its channels,
 * registered with the selector or not. Frees all of it when the map can no longer be
 * reached, and so must not lead back to it. May be used by any thread.
 */
final class Holdings implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger(Holdings.class);

	// read by other threads to wake the loop up
	private volatile @Nullable Selector selector;

	// linked by themselves
	private @Nullable ChannelEndpoint first;

	@Nullable Selector selector() {
		return this.selector;
	}

	void setSelector(@Nullable Selector selector) {
		this.selector = selector;
	}

	/**
	 * Add a socket, unless it is here already.
	 */
	synchronized void add(ChannelEndpoint socket) {
		if (socket.holdings != null) {
			return;
		}
		ChannelEndpoint first = this.first;
		socket.holdings = this;
		socket.next = first;
		if (first != null) {
			first.previous = socket;
		}
		this.first = socket;
	}

	/**
	 * Remove a socket, if it is here.
	 */
	synchronized void remove(ChannelEndpoint socket) {
		if (socket.holdings != this) {
			return;
		}
		ChannelEndpoint previous = socket.previous;
		ChannelEndpoint next = socket.next;
		if (previous != null) {
			previous.next = next;
		}
		else {
			this.first = next;
		}
		if (next != null) {
			next.previous = previous;
		}
		socket.holdings = null;
		socket.previous = null;
		socket.next = null;
	}

	private synchronized List<ChannelEndpoint> sockets() {
		List<ChannelEndpoint> sockets = new ArrayList<>();
		for (ChannelEndpoint socket = this.first; socket != null; socket = socket.next) {
			sockets.add(socket);
		}
		return sockets;
	}

	@Override
	public void run() {
		for (ChannelEndpoint socket : sockets()) {
			free(socket);
		}
		Selector selector = this.selector;
		if (selector != null) {
			free(selector);
		}
	}

	// with what is registered besides, and what is closed and still has its descriptor
	private static void free(Selector selector) {
		try {
			for (SelectionKey key : selector.keys()) {
				key.channel().close();
			}
			selector.close();
		}
		catch (IOException ex) {
			logger.debug("Freeing the selector of an abandoned map failed", ex);
		}
	}

	private static void free(ChannelEndpoint socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			logger.debug("Freeing a socket of an abandoned map failed", ex);
		}
	}

}
