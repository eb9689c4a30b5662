package io.asyncore.actuate;

import java.net.SocketAddress;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.asyncore.ChannelSnapshot;
import io.asyncore.Dispatcher;
import io.asyncore.Hook;
import io.asyncore.LogText;
import io.asyncore.context.Addresses;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Description of a channel. Amounts are in bytes.
 *
 * @param id the number of the channel
 * @param name the name of its bean or server, else of its class
 * @param label what an operator knows it by, if it has a label
 * @param server the server that has accepted it, if one has
 * @param type the class
 * @param loop the name of its loop
 * @param state {@code created}, {@code bound}, {@code connecting}, {@code connected},
 * {@code listening}
 * @param peer the address of the peer, if there is one and it has one
 * @param user the user whose process the peer is, of Unix domain sockets
 * @param local the address it is bound to, if it is
 * @param ageMillis how long it has had its socket
 * @param idleMillis how long nothing has come or gone
 * @param received how much has come
 * @param sent how much has gone
 * @param queued how much waits to be sent
 * @param interest what the loop waits for: {@code read}, {@code write}, {@code connect},
 * {@code accept}
 * @param tls whether what it carries is encrypted
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChannelDescriptor(long id, String name, @Nullable String label, @Nullable String server, String type,
		String loop, String state, @Nullable String peer, @Nullable String user, @Nullable String local,
		double ageMillis, double idleMillis, long received, long sent, int queued, List<String> interest,
		boolean tls) implements OperationResponseBody {

	/**
	 * Describe a channel.
	 * @param channel what is known of it
	 * @param present the channel itself, to ask who its peer is
	 */
	static ChannelDescriptor of(ChannelSnapshot channel, Dispatcher present) {
		UserPrincipal user = present.peerUser();
		String label = channel.label();
		return new ChannelDescriptor(channel.id(), channel.name(), (label != null) ? LogText.escape(label) : null,
				channel.server(), channel.type().getName(), channel.loop(), channel.state().label(),
				text(channel.peer()), (user != null) ? user.getName() : null, text(channel.local()),
				Millis.of(channel.age().toNanos()), Millis.of(channel.idle().toNanos()), channel.received(),
				channel.sent(), channel.queued(), channel.interest().stream().map(Hook::label).toList(),
				channel.secured());
	}

	private static @Nullable String text(@Nullable SocketAddress address) {
		String text = (address != null) ? Addresses.text(address) : "";
		// a Unix domain socket that has connected has no name
		return text.isEmpty() ? null : text;
	}

}
