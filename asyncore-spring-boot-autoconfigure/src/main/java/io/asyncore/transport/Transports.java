package io.asyncore.transport;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Which {@link Transport} a map uses whose maker names none. Safe from any thread.
 */
public final class Transports {

	private static final ThreadLocal<@Nullable Transport> OF_THREAD = new ThreadLocal<>();

	private static volatile Transport standard = NioTransport.DEFAULT;

	private Transports() {
	}

	/**
	 * Return the transport for what the calling thread makes now.
	 * @return that of the thread, or else the one for all
	 */
	public static Transport current() {
		Transport transport = OF_THREAD.get();
		return (transport != null) ? transport : standard;
	}

	/**
	 * Return the transport for all who name none.
	 * @return the transport
	 */
	public static Transport standard() {
		return standard;
	}

	/**
	 * Make something with another transport.
	 * @param <T> what is made
	 * @param transport the transport
	 * @param maker makes it, within the call and by this thread
	 * @return what was made
	 */
	public static <T> T with(Transport transport, Supplier<T> maker) {
		Transport outer = OF_THREAD.get();
		OF_THREAD.set(transport);
		try {
			return maker.get();
		}
		finally {
			if (outer != null) {
				OF_THREAD.set(outer);
			}
			else {
				OF_THREAD.remove();
			}
		}
	}

	/**
	 * Have another transport used from now on by everybody who names none.
	 * @param transport the transport
	 */
	public static void setStandard(Transport transport) {
		standard = transport;
	}

}
