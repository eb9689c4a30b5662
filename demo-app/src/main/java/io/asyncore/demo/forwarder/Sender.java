package io.asyncore.demo.forwarder;

import java.io.IOException;

import io.asyncore.ChannelMap;

/**
 * The side of the server that connections are forwarded to.
 */
class Sender extends ForwardingChannel {

	private boolean shutdownDue;

	Sender(ChannelMap map) {
		super(map);
	}

	// a client may have said all it has to say before there is a connection for it
	@Override
	public void shutdownOutput() throws IOException {
		if (connecting()) {
			this.shutdownDue = true;
		}
		else {
			super.shutdownOutput();
		}
	}

	@Override
	protected void handleConnect() throws IOException {
		if (this.shutdownDue) {
			super.shutdownOutput();
		}
	}

	/**
	 * Tell of a server that cannot be reached in a line, it is nothing unusual. The
	 * client is closed as well.
	 */
	@Override
	protected void handleError(Throwable failure) throws Exception {
		if (failure instanceof IOException) {
			logInfo("Cannot forward to " + addr() + ": " + failure.getMessage(), "error");
			handleClose();
		}
		else {
			super.handleError(failure);
		}
	}

}
