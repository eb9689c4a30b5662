package io.asyncore.autoconfigure.diagnostics;

import io.asyncore.AddressUnavailableException;
import io.asyncore.context.DispatcherOpenException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that a dispatcher bean could not have the address it wants.
 */
class DispatcherOpenFailureAnalyzer extends AbstractFailureAnalyzer<DispatcherOpenException> {

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, DispatcherOpenException cause) {
		AddressUnavailableException unavailable = findCause(cause, AddressUnavailableException.class);
		if (unavailable == null) {
			return null;
		}
		AddressProblem problem = AddressProblem.of(unavailable);
		String bean = cause.getBeanName();
		String address = AddressProblem.text(unavailable.address());
		String description = String.format("The dispatcher bean '%s' (%s) cannot use the address %s: %s.", bean,
				cause.getDispatcher().getClass().getName(), address, problem.description());
		return new FailureAnalysis(description, action(problem, bean, address), cause);
	}

	private static String action(AddressProblem problem, String bean, String address) {
		String format = switch (problem) {
			case IN_USE -> "Stop the process that uses it, or have handleOpen() of '%s' bind another address than %s; "
					+ "port 0 takes any free port.";
			case FILE_EXISTS ->
				"Have handleOpen() of '%s' bind another path than %s, or delete the file if no process " + "uses it.";
			case LISTENING ->
				"Stop the process that is listening, or have handleOpen() of '%s' use another path than %s.";
			case NOT_A_SOCKET ->
				"Have handleOpen() of '%s' use another path than %s; a file that nobody needs can be " + "deleted.";
			case NO_DIRECTORY, READ_ONLY_DIRECTORY -> "Have handleOpen() of '%s' use a path in a directory that exists "
					+ "and may be written to, instead of %s.";
			case TOO_LONG -> "Have handleOpen() of '%s' use a path of less than 100 bytes instead of %s.";
			case FOREIGN -> "Have handleOpen() of '%s' bind an address of this machine instead of %s, or the wildcard "
					+ "address for all of them.";
			case PRIVILEGED -> "Have handleOpen() of '%s' bind a port from 1024 up instead of %s, or give the process "
					+ "the privilege to bind low ports.";
		};
		return String.format(format, bean, address);
	}

}
