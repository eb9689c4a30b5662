package io.asyncore.context;

import java.io.IOException;

/**
 * Thrown when the application starts and a server cannot join a multicast group, with the
 * failure as its cause.
 */
public class MulticastGroupException extends IOException {

	/**
	 * Create a new instance.
	 * @param group the group
	 * @param cause what has failed
	 */
	public MulticastGroupException(SocketSettings.Group group, Throwable cause) {
		super("Cannot join the multicast group " + group.address().getHostAddress() + " on the network interface "
				+ group.interf().getName() + ": " + cause.getMessage(), cause);
	}

}
