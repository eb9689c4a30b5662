package io.asyncore.actuate;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.asyncore.ChannelStats;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoopGroup;
import io.asyncore.PauseReason;
import io.asyncore.RejectReason;
import io.asyncore.ServerDispatcher;
import io.asyncore.context.Addresses;
import io.asyncore.context.ServerProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Description of a server.
 *
 * @param name the name of the server
 * @param protocol what it speaks: {@code tcp}, {@code udp}, {@code unix}
 * @param loop the name of its loop
 * @param address the network address it listens on, or the path of its socket
 * @param port the port it listens on, if it has one
 * @param listening whether it is listening
 * @param connections how many connections it has, 0 if it is for datagrams
 * @param maxConnections how many it may have, if that is limited
 * @param accepted how many connections it has accepted since the start
 * @param rejected how many of those were closed at once
 * @param paused why it accepts nothing now, if so: {@code limit}, {@code descriptors}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ServerDescriptor(String name, String protocol, String loop, @Nullable String address,
		@Nullable Integer port, boolean listening, int connections, @Nullable Integer maxConnections, long accepted,
		long rejected, @Nullable String paused) {

	static ServerDescriptor of(Dispatcher server, EventLoopGroup loops) {
		SocketAddress real = server.localAddress();
		SocketAddress address = (real != null) ? real : server.addr();
		long accepted = 0;
		long rejected = 0;
		// its own, and those that have accepted for it
		for (ChannelStats group : groups(server, loops)) {
			accepted += group.accepted();
			for (RejectReason reason : RejectReason.values()) {
				rejected += group.rejected(reason);
			}
		}
		boolean listening = server.accepting();
		int connections = 0;
		Integer most = null;
		ServerProtocol protocol = ServerProtocol.of(server);
		if (server instanceof ServerDispatcher listener) {
			connections = listener.connections();
			most = (listener.maxConnections() != Integer.MAX_VALUE) ? listener.maxConnections() : null;
		}
		else {
			listening = real != null;
		}
		PauseReason paused = server.acceptPaused();
		return new ServerDescriptor(server.channelName(), protocol.label(), server.map().eventLoop().name(),
				(address != null) ? Addresses.host(address) : null,
				(address instanceof InetSocketAddress inet) ? inet.getPort() : null, listening, connections, most,
				accepted, rejected, (paused != null) ? paused.label() : null);
	}

	private static Set<ChannelStats> groups(Dispatcher server, EventLoopGroup loops) {
		Set<ChannelStats> groups = new LinkedHashSet<>();
		groups.add(server.map().eventLoop().monitor().group(server.channelName()));
		loops.loops()
			.forEach((loop) -> loop.monitor()
				.groups()
				.stream()
				.filter((group) -> group.name().equals(server.channelName()))
				.forEach(groups::add));
		return groups;
	}

}
