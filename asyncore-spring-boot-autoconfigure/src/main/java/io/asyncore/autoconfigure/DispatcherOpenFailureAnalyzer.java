package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Locale;

import io.asyncore.AddressUnavailableException;
import io.asyncore.context.DispatcherOpenException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that a dispatcher bean could not have the address it wants.
 */
class DispatcherOpenFailureAnalyzer extends AbstractFailureAnalyzer<DispatcherOpenException> {

	private static final int FIRST_UNPRIVILEGED_PORT = 1024;

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, DispatcherOpenException cause) {
		AddressUnavailableException unavailable = findCause(cause, AddressUnavailableException.class);
		if (unavailable == null) {
			return null;
		}
		Reason reason = reason(unavailable);
		String bean = cause.getBeanName();
		String address = text(unavailable);
		String description = String.format("The dispatcher bean '%s' (%s) cannot use the address %s: %s.", bean,
				cause.getDispatcher().getClass().getName(), address, reason.description);
		return new FailureAnalysis(description, String.format(reason.action, bean, address), cause);
	}

	private static String text(AddressUnavailableException failure) {
		if (failure.address() instanceof InetSocketAddress inet) {
			String host = inet.getHostString();
			return ((host.indexOf(':') >= 0) ? "[" + host + "]" : host) + ":" + inet.getPort();
		}
		return failure.address().toString();
	}

	private static Reason reason(AddressUnavailableException failure) {
		if (!(failure.address() instanceof InetSocketAddress address)) {
			return Reason.IN_USE;
		}
		if (!isLocal(address.getAddress())) {
			return Reason.FOREIGN;
		}
		boolean inUse = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT).contains("in use");
		return (address.getPort() < FIRST_UNPRIVILEGED_PORT && !inUse) ? Reason.PRIVILEGED : Reason.IN_USE;
	}

	private static boolean isLocal(InetAddress address) {
		try {
			return address.isAnyLocalAddress() || address.isLoopbackAddress()
					|| NetworkInterface.getByInetAddress(address) != null;
		}
		catch (IOException ex) {
			return true;
		}
	}

	private enum Reason {

		IN_USE("another socket is using it",
				"Stop the process that uses it, or have handleOpen() of '%s' bind another address than %s; port 0 takes any free port."),

		FOREIGN("it does not belong to this machine",
				"Have handleOpen() of '%s' bind an address of this machine instead of %s, or the wildcard address for all of them."),

		PRIVILEGED("ports below 1024 need a privilege",
				"Have handleOpen() of '%s' bind a port from 1024 up instead of %s, or give the process the privilege to bind low ports.");

		private final String description;

		private final String action;

		Reason(String description, String action) {
			this.description = description;
			this.action = action;
		}

	}

}
