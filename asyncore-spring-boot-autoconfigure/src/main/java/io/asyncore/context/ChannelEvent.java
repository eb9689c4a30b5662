package io.asyncore.context;

import java.net.SocketAddress;

import io.asyncore.Dispatcher;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;

/**
 * Published when something happens to a channel, and only if somebody listens. Events are
 * published in order, by a thread of their own: a listener may take its time, and finds a
 * channel that may have gone on meanwhile.
 */
public abstract class ChannelEvent extends ApplicationEvent {

	private final String channelName;

	private final transient @Nullable SocketAddress peer;

	ChannelEvent(Dispatcher channel) {
		super(channel);
		this.channelName = channel.channelName();
		this.peer = Addresses.peer(channel);
	}

	/**
	 * Return the channel. It belongs to its loop: only what any thread may call is to be
	 * called here.
	 * @return the channel
	 */
	public Dispatcher getChannel() {
		return (Dispatcher) getSource();
	}

	/**
	 * Return what the channel is called.
	 * @return the name of its bean or server, else of its class
	 */
	public String getChannelName() {
		return this.channelName;
	}

	/**
	 * Return the address of the peer.
	 * @return the address, {@code null} if the channel has no peer
	 */
	public @Nullable SocketAddress getPeer() {
		return this.peer;
	}

	@Override
	public String toString() {
		return getClass().getSimpleName() + "[" + this.channelName + ((this.peer != null) ? ", " + this.peer : "")
				+ "]";
	}

}
