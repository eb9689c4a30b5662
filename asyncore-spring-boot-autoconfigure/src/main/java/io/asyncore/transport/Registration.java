package io.asyncore.transport;

import java.lang.ref.WeakReference;
import java.nio.channels.SelectionKey;

import org.jspecify.annotations.Nullable;

/**
 * How a selector waits for an endpoint, to which its key leads. Leads to the owner
 * weakly.
 */
final class Registration extends WeakReference<Object> {

	// another one when the selector is replaced
	volatile @Nullable SelectionKey key;

	Registration(Object owner) {
		super(owner);
	}

}
