package io.asyncore.transport;

import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;

import org.jspecify.annotations.Nullable;

/**
 * An endpoint that stands before another one, and is what that is.
 */
abstract class ForwardingEndpoint implements Endpoint {

	/** The endpoint below. */
	protected final Endpoint wire;

	ForwardingEndpoint(Endpoint wire) {
		this.wire = wire;
	}

	@Override
	public Endpoint wire() {
		return this.wire.wire();
	}

	@Override
	public void heldBy(@Nullable Holdings holdings) {
		this.wire.heldBy(holdings);
	}

	@Override
	public Stage stage() {
		return this.wire.stage();
	}

	@Override
	public @Nullable SocketEndpoint socket() {
		return this.wire.socket();
	}

	@Override
	public @Nullable SelectableChannel channel() {
		return this.wire.channel();
	}

	@Override
	public @Nullable SocketAddress localAddress() {
		return this.wire.localAddress();
	}

	@Override
	public @Nullable SocketAddress remoteAddress() {
		return this.wire.remoteAddress();
	}

	@Override
	public boolean hasPeer() {
		return this.wire.hasPeer();
	}

	@Override
	public boolean isResetByUnreadInput() {
		return this.wire.isResetByUnreadInput();
	}

	@Override
	public boolean isSecured() {
		return this.wire.isSecured();
	}

	@Override
	public UnsupportedOperationException unsupported(String method) {
		return this.wire.unsupported(method);
	}

	@Override
	public String toString() {
		return this.wire.toString();
	}

}
