package io.asyncore;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Finds the addresses of hosts for {@link Dispatcher#connect(String, int)}. Is not asked
 * for literal addresses. The starter uses a bean of this type in place of
 * {@link #system()}.
 */
@FunctionalInterface
public interface Resolver {

	/**
	 * Begin to look a host up. Called on the thread of a loop, so it must not block.
	 * @param host the name of the host
	 * @return what completes, on any thread, with the addresses in the order in which
	 * they are to be tried, or exceptionally, best with an
	 * {@link java.net.UnknownHostException}
	 */
	CompletionStage<? extends List<InetAddress>> resolve(String host);

	/**
	 * Return the resolver that asks the system, by four threads at most and once at a
	 * time for a name. They end when there is nothing to look up.
	 * @return the resolver that is used by default
	 */
	static Resolver system() {
		return SystemResolver.INSTANCE;
	}

}
