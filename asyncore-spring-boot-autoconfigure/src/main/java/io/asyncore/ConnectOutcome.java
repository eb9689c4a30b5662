package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.util.Locale;

import io.asyncore.transport.UnixFailures;
import org.jspecify.annotations.Nullable;

/**
 * How an attempt to connect has ended, as it is counted: once for each
 * {@code connect(...)}, however many addresses of the host were tried. What the first of
 * them has failed with tells.
 */
public enum ConnectOutcome {

	/** The connection is there. */
	CONNECTED,

	/** Nobody listens at the address. */
	REFUSED,

	/** There was no answer in time. */
	TIMEOUT,

	/** There is no way to the address, by the network that there is. */
	UNREACHABLE,

	/** No usable address was found for the name of the host, or not in time. */
	UNRESOLVED,

	/** It was closed before there was an outcome. */
	CLOSED,

	/** Something else: there was no descriptor or no local port left, for instance. */
	ERROR;

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this outcome in meters and answers of the endpoint.
	 * @return the name in lower case, such as {@code connected}
	 */
	public String label() {
		return this.label;
	}

	/**
	 * Return what a failure to connect counts as.
	 * @param resolved whether the addresses to try were known
	 * @param address where to, {@code null} if that is not known
	 */
	static ConnectOutcome of(IOException failure, boolean resolved, @Nullable SocketAddress address) {
		if (!resolved || failure instanceof UnknownHostException) {
			return UNRESOLVED;
		}
		if (failure instanceof SocketTimeoutException) {
			return TIMEOUT;
		}
		if (failure instanceof NoRouteToHostException || says(failure, "unreachable")) {
			return UNREACHABLE;
		}
		if (address instanceof UnixDomainSocketAddress unix && failure instanceof SocketException) {
			return (UnixFailures.isRefused(failure) || Files.notExists(unix.getPath())) ? REFUSED : ERROR;
		}
		if (failure instanceof ConnectException) {
			// the one that the system gives up by itself has the same type
			return says(failure, "timed out") ? TIMEOUT : REFUSED;
		}
		return ERROR;
	}

	private static boolean says(IOException failure, String words) {
		String message = failure.getMessage();
		return message != null && message.contains(words);
	}

}
