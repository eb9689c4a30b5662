package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;

/**
 * Thrown by {@code bind} and {@code listen} when the system does not give the address
 * away: it is taken, it is none of this machine's, or it needs privileges.
 */
public class AddressUnavailableException extends BindException {

	private final transient SocketAddress address;

	private final Reason reason;

	/**
	 * Create a new instance.
	 * @param address the address asked for
	 * @param cause what the system said
	 */
	public AddressUnavailableException(SocketAddress address, BindException cause) {
		super(cause.getMessage() + ": " + address);
		this.address = address;
		this.reason = Reason.UNKNOWN;
		initCause(cause);
	}

	/**
	 * Create a new instance.
	 * @param address the address asked for
	 * @param reason why it cannot be had
	 * @param cause what the system said
	 */
	public AddressUnavailableException(SocketAddress address, Reason reason, IOException cause) {
		super(cause.getMessage() + ", for " + reason.description() + ": " + address);
		this.address = address;
		this.reason = reason;
		initCause(cause);
	}

	/**
	 * Return the address that was asked for.
	 * @return the address
	 */
	public SocketAddress address() {
		return this.address;
	}

	/**
	 * Return why the address cannot be had.
	 * @return the reason; {@link Reason#UNKNOWN} if nothing is known but what the system
	 * has said, which is all that is known of ports
	 */
	public Reason reason() {
		return this.reason;
	}

	/**
	 * Why the path of a Unix domain socket cannot be had.
	 */
	public enum Reason {

		/** There is only what the system has said. */
		UNKNOWN("the system refuses"),

		/** Another process, or another channel of this one, has it. */
		IN_USE("another process is listening on it"),

		/** It is that of something else. */
		NOT_A_SOCKET("there is a file of that name that is no socket"),

		/** There is no directory to have the file in. */
		NO_DIRECTORY("its directory does not exist"),

		/** The directory cannot have the file. */
		READ_ONLY_DIRECTORY("its directory may not be written to"),

		/** The system has no room for it. */
		TOO_LONG("the path is too long");

		private final String description;

		Reason(String description) {
			this.description = description;
		}

		/**
		 * Return the reason in words.
		 * @return a clause such as {@code the path is too long}
		 */
		public String description() {
			return this.description;
		}

	}

}
