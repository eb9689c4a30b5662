package io.asyncore.autoconfigure.diagnostics;

import java.net.UnixDomainSocketAddress;

import io.asyncore.AddressUnavailableException;
import io.asyncore.autoconfigure.properties.ServerProperties;
import io.asyncore.context.MulticastGroupException;
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
		MulticastGroupException group = findCause(cause, MulticastGroupException.class);
		if (group != null) {
			return multicast(cause, group);
		}
		AddressUnavailableException unavailable = findCause(cause, AddressUnavailableException.class);
		boolean unix = cause.getAddress() instanceof UnixDomainSocketAddress;
		AddressProblem problem = null;
		// of a file it is known why, or only what the system has said
		if (unavailable != null && !(unix && unavailable.reason() == AddressUnavailableException.Reason.UNKNOWN)) {
			problem = AddressProblem.of(unavailable);
		}
		String reason = (problem != null) ? problem.description() : String.valueOf(cause.getCause());
		String key = unix ? "unix-path" : (problem == AddressProblem.FOREIGN) ? "address" : "port";
		String property = property(cause, key);
		String description = String.format("Server '%s' cannot listen on %s (property '%s'): %s.",
				cause.getServerName(), AddressProblem.text(cause.getAddress()), property, reason);
		return new FailureAnalysis(description, action(problem, unix, property), cause);
	}

	private static FailureAnalysis multicast(ServerOpenException cause, MulticastGroupException group) {
		String groups = property(cause, "multicast.groups");
		String interf = property(cause, "multicast.network-interface");
		return new FailureAnalysis(
				String.format("Server '%s' does not receive what it should (property '%s'). %s.", cause.getServerName(),
						groups, group.getMessage()),
				String.format(
						"Set '%s' to groups of the same family as the server's address, and '%s' to a network interface "
								+ "that supports multicast.",
						groups, interf),
				cause);
	}

	private static String action(@Nullable AddressProblem problem, boolean unix, String property) {
		if (problem == null && !unix) {
			return "Set '" + property + "', or the address beside it, to what this machine can listen on.";
		}
		return switch ((problem != null) ? problem : AddressProblem.FILE_EXISTS) {
			case IN_USE ->
				"Stop the process that uses it, or set '" + property + "' to another port; 0 takes any free port.";
			case LISTENING -> "Stop the process that is listening, or set '" + property + "' to another path.";
			case FILE_EXISTS, NO_DIRECTORY, READ_ONLY_DIRECTORY ->
				"Set '" + property + "' to a path in a directory that exists and may be written to.";
			case NOT_A_SOCKET ->
				"Set '" + property + "' to a path where there is no file yet; a file that nobody needs can be deleted.";
			case TOO_LONG -> "Set '" + property + "' to a path of less than 100 bytes.";
			case FOREIGN -> "Set '" + property + "' to an address of this machine, or leave it out to listen on all "
					+ "interfaces.";
			case PRIVILEGED -> "Set '" + property + "' to a port from 1024 up, or give the process the privilege to "
					+ "bind low ports.";
		};
	}

	private static String property(ServerOpenException cause, String key) {
		return new ServerProperties(cause.getServerName()).name(key);
	}

}
