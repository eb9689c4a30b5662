package io.asyncore.autoconfigure.diagnostics;

import io.asyncore.autoconfigure.properties.ServerProperties;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that a server needs an address.
 */
class ServerAddressMissingFailureAnalyzer extends AbstractFailureAnalyzer<ServerAddressMissingException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ServerAddressMissingException cause) {
		ServerProperties properties = new ServerProperties(cause.getServerName());
		return new FailureAnalysis(
				String.format("Neither '%s' nor '%s' is set, so server '%s' cannot know where to listen.",
						properties.name("port"), properties.name("unix-path"), cause.getServerName()),
				String.format("Set '%s' to a port, or to 0 for any free one, or set '%s' to the path of a socket file.",
						properties.name("port"), properties.name("unix-path")),
				cause);
	}

}
