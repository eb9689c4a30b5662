package io.asyncore;

import java.net.BindException;
import java.net.SocketAddress;

/**
 * Thrown by {@code bind} and {@code listen} when the system does not give the address
 * away: it is taken, it is none of this machine's, or it needs privileges.
 */
public class AddressUnavailableException extends BindException {

	private final transient SocketAddress address;

	/**
	 * Create a new instance.
	 * @param address the address asked for
	 * @param cause what the system said
	 */
	public AddressUnavailableException(SocketAddress address, BindException cause) {
		super(cause.getMessage() + ": " + address);
		this.address = address;
		initCause(cause);
	}

	/**
	 * Return the address that was asked for.
	 * @return the address
	 */
	public SocketAddress address() {
		return this.address;
	}

}
