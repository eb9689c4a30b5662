package io.asyncore.transport;

import java.lang.ref.WeakReference;
import java.nio.channels.SelectionKey;

import org.jspecify.annotations.Nullable;

/**
 * What a selector knows of an endpoint it waits for. Leads to the owner weakly.
 */
final class Registration extends WeakReference<Object> {

	private final ChannelEndpoint endpoint;

	// another one when the selector is replaced
	volatile @Nullable SelectionKey key;

	Registration(ChannelEndpoint endpoint, Object owner) {
		super(owner);
		this.endpoint = endpoint;
	}

	ChannelEndpoint endpoint() {
		return this.endpoint;
	}

	/**
	 * Say whether the endpoint is still waited for by this.
	 */
	boolean isPresent() {
		return this.endpoint.registration == this;
	}

}
