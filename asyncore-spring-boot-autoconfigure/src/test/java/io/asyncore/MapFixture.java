package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.AfterEach;

/**
 * A test that makes passes over one map by hand. When it is over the channels of the map
 * are closed, and what it has kept.
 */
public abstract class MapFixture {

	protected final ChannelMap map;

	private final List<AutoCloseable> resources = Collections.synchronizedList(new ArrayList<>());

	protected MapFixture() {
		this(new ChannelMap());
	}

	protected MapFixture(ChannelMap map) {
		this.map = map;
	}

	@AfterEach
	final void closeAll() throws Exception {
		Asyncore.closeAll(this.map, true);
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
	}

	protected final <T extends AutoCloseable> T keep(T resource) {
		this.resources.add(resource);
		return resource;
	}

	/**
	 * A connection whose near end is still to be given to a dispatcher.
	 */
	protected Peer peer() throws IOException {
		return keep(Peer.withNearEnd());
	}

	/**
	 * Two connected sockets, the first to be given to a dispatcher.
	 */
	protected final Loopback.Pair pair() throws IOException {
		return keep(Loopback.pair());
	}

	protected void passUntil(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, condition);
	}

	/**
	 * Make some passes, none of which waits.
	 */
	protected void passes() throws IOException {
		for (int i = 0; i < 5; i++) {
			Loopback.onePass(this.map, false, Duration.ZERO);
		}
	}

}
