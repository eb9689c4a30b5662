package io.asyncore;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongSupplier;

import io.asyncore.loop.LoopEngine;
import io.asyncore.transport.Transport;
import io.asyncore.transport.Transports;
import org.jspecify.annotations.Nullable;

/**
 * The channels that one {@link EventLoop} serves. Stands for the {@code map} of
 * {@code asyncore.loop}. All methods may be called from any thread.
 * <p>
 * A map that is empty, or that can no longer be reached, holds no system resources.
 */
public final class ChannelMap implements Iterable<Dispatcher> {

	/** The map of channels that are made where no loop runs. */
	static final ChannelMap DEFAULT = new ChannelMap(Transports.standard());

	private final EventLoop eventLoop;

	// that of the loop, which is asked for often
	private final LoopEngine engine;

	private final Object lock = new Object();

	// linked by themselves, in order of registration
	private @Nullable MapMember first;

	private @Nullable MapMember last;

	// made when somebody asks for a channel by its number
	private @Nullable ChannelIndex index;

	// written under the lock, readable without it: the loop asks in every pass
	private volatile int size;

	/**
	 * Create an empty map with a loop of its own.
	 */
	public ChannelMap() {
		this(Transports.current());
	}

	private ChannelMap(Transport transport) {
		this(transport.clock(), transport);
	}

	ChannelMap(LongSupplier nanoClock, Transport transport) {
		this.eventLoop = new EventLoop(this, nanoClock, transport);
		this.engine = this.eventLoop.parts().engine();
	}

	/**
	 * Return the number of channels.
	 * @return how many channels the map holds
	 */
	public int size() {
		return this.size;
	}

	/**
	 * Say whether there is nothing to serve.
	 * @return whether the map holds no channel
	 */
	public boolean isEmpty() {
		return this.size == 0;
	}

	/**
	 * Say whether a channel is in this map.
	 * @param channel the channel to look for
	 * @return whether this map holds that very object
	 */
	public boolean contains(Dispatcher channel) {
		MapMember member = channel.channel();
		synchronized (this.lock) {
			// a mock or a proxy has none
			return member != null && member.listed == this && member.dispatcher() == channel;
		}
	}

	/**
	 * Return a channel.
	 * @param id its {@linkplain ChannelSnapshot#id() number}
	 * @return the channel, {@code null} if it is not, or no longer, in this map
	 */
	public @Nullable Dispatcher channel(long id) {
		synchronized (this.lock) {
			return (index().get(id) instanceof MapMember found) ? found.dispatcher() : null;
		}
	}

	// a search would hold up the loop, the longer the more channels there are
	private ChannelIndex index() {
		ChannelIndex index = this.index;
		if (index == null) {
			index = new ChannelIndex();
			for (MapMember channel = this.first; channel != null; channel = channel.next) {
				index.add(channel);
			}
			this.index = index;
		}
		return index;
	}

	/**
	 * Return the channels as they are now.
	 * @return an unmodifiable snapshot, in order of registration
	 */
	public List<Dispatcher> channels() {
		synchronized (this.lock) {
			Dispatcher[] channels = new Dispatcher[this.size];
			int count = 0;
			for (MapMember channel = this.first; channel != null; channel = channel.next) {
				channels[count++] = channel.dispatcher();
			}
			return Collections.unmodifiableList(Arrays.asList(channels));
		}
	}

	/**
	 * Iterate over a {@linkplain #channels() snapshot}.
	 */
	@Override
	public Iterator<Dispatcher> iterator() {
		return channels().iterator();
	}

	/**
	 * Return the loop that serves this map.
	 * @return the one loop of this map, whether it is running or not
	 */
	public EventLoop eventLoop() {
		return this.eventLoop;
	}

	LoopParts loop() {
		return this.eventLoop.parts();
	}

	LoopEngine engine() {
		return this.engine;
	}

	/**
	 * Add a channel, at the end unless it is here already.
	 */
	void add(MapMember channel) {
		ChannelMap other = channel.listed;
		if (other != null && other != this) {
			other.remove(channel);
		}
		synchronized (this.lock) {
			if (channel.listed != null) {
				return;
			}
			MapMember last = this.last;
			channel.listed = this;
			channel.previous = last;
			if (last != null) {
				last.next = channel;
			}
			else {
				this.first = channel;
			}
			this.last = channel;
			this.size++;
			if (this.index != null) {
				this.index.add(channel);
			}
		}
	}

	/**
	 * Remove a channel.
	 * @return whether it was here
	 */
	boolean remove(MapMember channel) {
		synchronized (this.lock) {
			if (channel.listed != this) {
				return false;
			}
			MapMember previous = channel.previous;
			MapMember next = channel.next;
			if (previous != null) {
				previous.next = next;
			}
			else {
				this.first = next;
			}
			if (next != null) {
				next.previous = previous;
			}
			else {
				this.last = previous;
			}
			channel.previous = null;
			channel.next = null;
			channel.listed = null;
			this.size--;
			if (this.index != null) {
				this.index.remove(channel);
			}
			if (this.size == 0) {
				// what it has grown to is given back
				this.index = null;
			}
			return true;
		}
	}

	@Override
	public String toString() {
		return new ArrayList<>(channels()).toString();
	}

}
