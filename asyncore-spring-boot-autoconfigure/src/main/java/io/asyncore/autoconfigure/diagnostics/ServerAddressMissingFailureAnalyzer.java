package io.asyncore.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that a server needs an address.
 */
class ServerAddressMissingFailureAnalyzer extends AbstractFailureAnalyzer<ServerAddressMissingException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ServerAddressMissingException cause) {
		String server = cause.getServerName();
		return new FailureAnalysis(
				String.format("Neither '%s' nor '%s' is set, so server '%s' cannot know where to listen.",
						ServerSettingsMapper.property(server, "port"),
						ServerSettingsMapper.property(server, "unix-path"), server),
				String.format("Set '%s' to a port, or to 0 for any free one, or set '%s' to the path of a socket file.",
						ServerSettingsMapper.property(server, "port"),
						ServerSettingsMapper.property(server, "unix-path")),
				cause);
	}

}
