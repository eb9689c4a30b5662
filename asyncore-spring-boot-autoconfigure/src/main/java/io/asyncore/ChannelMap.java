package io.asyncore;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The channels that one {@link EventLoop} serves. Stands for the {@code map} of
 * {@code asyncore.loop}. All methods may be called from any thread.
 * <p>
 * A map that is empty, or that can no longer be reached, holds no system resources.
 */
public final class ChannelMap implements Iterable<Dispatcher> {

	// by number and not by dispatcher: a subclass may define equals() as it likes
	private final Map<Long, Dispatcher> channels = new LinkedHashMap<>();

	private final EventLoop eventLoop;

	// the size, readable without the lock: the loop asks in every pass
	private volatile int size;

	/**
	 * Create an empty map with a loop of its own.
	 */
	public ChannelMap() {
		this(System::nanoTime, new Poller.SelectorFactory());
	}

	ChannelMap(LongSupplier nanoClock, Poller.SelectorFactory selectors) {
		this.eventLoop = new EventLoop(this, nanoClock, selectors);
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
		synchronized (this.channels) {
			return this.channels.containsKey(channel.attachment().id());
		}
	}

	/**
	 * Return a channel.
	 * @param id its {@linkplain ChannelSnapshot#id() number}
	 * @return the channel, {@code null} if it is not, or no longer, in this map
	 */
	public @Nullable Dispatcher channel(long id) {
		synchronized (this.channels) {
			return this.channels.get(id);
		}
	}

	/**
	 * Return the channels as they are now.
	 * @return an unmodifiable snapshot, in order of registration
	 */
	public List<Dispatcher> channels() {
		synchronized (this.channels) {
			return List.copyOf(this.channels.values());
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

	void add(Attachment attachment) {
		synchronized (this.channels) {
			this.channels.putIfAbsent(attachment.id(), attachment.dispatcher());
			this.size = this.channels.size();
		}
	}

	boolean remove(Attachment attachment) {
		synchronized (this.channels) {
			boolean removed = this.channels.remove(attachment.id()) != null;
			this.size = this.channels.size();
			return removed;
		}
	}

	@Override
	public String toString() {
		return new ArrayList<>(channels()).toString();
	}

}
