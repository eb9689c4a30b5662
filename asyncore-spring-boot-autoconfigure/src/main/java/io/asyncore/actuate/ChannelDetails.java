package io.asyncore.actuate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.asyncore.ChannelSnapshot;
import io.asyncore.Dispatcher;
import io.asyncore.PauseReason;
import io.asyncore.ServerDispatcher;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Description of one channel with all that is known of it.
 *
 * @param channel what a list of channels has too
 * @param connections how many connections it has, if it is a server
 * @param maxConnections how many connections it may have, if it is a server with a limit
 * @param paused why it accepts nothing now, if so
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChannelDetails(@JsonUnwrapped ChannelDescriptor channel, @Nullable Integer connections,
		@Nullable Integer maxConnections, @Nullable String paused) implements OperationResponseBody {

	static ChannelDetails of(Dispatcher channel) {
		PauseReason paused = channel.acceptPaused();
		ServerDispatcher server = (channel instanceof ServerDispatcher known) ? known : null;
		return new ChannelDetails(ChannelDescriptor.of(ChannelSnapshot.of(channel), channel),
				(server != null) ? server.connections() : null, (server != null) ? limit(server) : null,
				(paused != null) ? paused.label() : null);
	}

	private static @Nullable Integer limit(ServerDispatcher server) {
		int most = server.maxConnections();
		return (most != Integer.MAX_VALUE) ? most : null;
	}

}
