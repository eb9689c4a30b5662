package io.asyncore;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;

import io.asyncore.connect.NameResolver;

/**
 * Asks the system.
 */
final class SystemResolver implements Resolver {

	static final SystemResolver INSTANCE = new SystemResolver();

	private SystemResolver() {
	}

	@Override
	public CompletionStage<? extends List<InetAddress>> resolve(String host) {
		return NameResolver.shared().resolve(host);
	}

}
