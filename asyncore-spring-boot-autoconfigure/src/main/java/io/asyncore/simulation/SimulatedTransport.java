package io.asyncore.simulation;

import java.io.IOException;
import java.nio.channels.Selector;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import io.asyncore.transport.NioTransport;
import io.asyncore.transport.Poller;
import io.asyncore.transport.Transports;
import org.jspecify.annotations.Nullable;

/**
 * The transport of a world: the endpoints and the poller of the JDK's channels, over
 * channels and selectors that are not the JDK's.
 */
public final class SimulatedTransport extends NioTransport {

	private final World world;

	private final SelectorProvider provider;

	private @Nullable SimulatedPoller last;

	/** Whose selector is opened, if one is. */
	@Nullable SimulatedPoller opening;

	/**
	 * Create a new instance.
	 * @param world the world
	 */
	public SimulatedTransport(World world) {
		this.world = world;
		this.provider = world.network().provider();
	}

	@Override
	protected SelectorProvider provider() {
		return this.provider;
	}

	@Override
	protected Selector openSelector() throws IOException {
		Selector selector = super.openSelector();
		if (this.opening != null) {
			this.opening.opened((SimulatedSelector) selector);
		}
		return selector;
	}

	@Override
	public LongSupplier clock() {
		return this.world::now;
	}

	@Override
	public Poller poller() {
		SimulatedPoller poller = new SimulatedPoller(this.world, this, super.poller());
		this.last = poller;
		return poller;
	}

	/**
	 * Make something whose loops use this transport.
	 * @param <T> what is made
	 * @param maker makes it, within the call
	 * @return what was made
	 */
	public <T> T make(Supplier<T> maker) {
		return Transports.with(this, maker);
	}

	/**
	 * Return the poller that was made last.
	 * @return the poller
	 * @throws IllegalStateException if there is none
	 */
	public SimulatedPoller lastPoller() {
		SimulatedPoller last = this.last;
		if (last == null) {
			throw new IllegalStateException("No loop was made with this transport");
		}
		return last;
	}

}
