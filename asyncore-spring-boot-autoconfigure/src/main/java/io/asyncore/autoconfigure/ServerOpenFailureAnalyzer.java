package io.asyncore.autoconfigure;

import java.net.UnixDomainSocketAddress;

import io.asyncore.AddressUnavailableException;
import io.asyncore.context.ServerOpenException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that a server could not listen at its address.
 */
class ServerOpenFailureAnalyzer extends AbstractFailureAnalyzer<ServerOpenException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ServerOpenException cause) {
		AddressUnavailableException unavailable = findCause(cause, AddressUnavailableException.class);
		AddressProblem problem = (unavailable != null) ? AddressProblem.of(unavailable) : null;
		boolean unix = cause.getAddress() instanceof UnixDomainSocketAddress;
		String reason = (problem != null) ? problem.description() : String.valueOf(cause.getCause());
		String key = unix ? "unix-path" : (problem == AddressProblem.FOREIGN) ? "address" : "port";
		String property = ServerSettingsMapper.property(cause.getServerName(), key);
		String description = String.format("Server '%s' cannot listen on %s (property '%s'): %s.",
				cause.getServerName(), AddressProblem.text(cause.getAddress()), property, reason);
		return new FailureAnalysis(description, action(problem, unix, property), cause);
	}

	private static String action(@Nullable AddressProblem problem, boolean unix, String property) {
		if (problem == null && !unix) {
			return "Set '" + property + "', or the address beside it, to what this machine can listen on.";
		}
		return switch ((problem != null) ? problem : AddressProblem.FILE_EXISTS) {
			case IN_USE ->
				"Stop the process that uses it, or set '" + property + "' to another port; 0 takes any free port.";
			case FILE_EXISTS -> "Set '" + property + "' to a path in a directory that exists and may be written to, "
					+ "where there is no file yet; a file that a process which was killed has left can be deleted.";
			case FOREIGN -> "Set '" + property + "' to an address of this machine, or leave it out to listen on all "
					+ "interfaces.";
			case PRIVILEGED -> "Set '" + property + "' to a port from 1024 up, or give the process the privilege to "
					+ "bind low ports.";
		};
	}

}
