package io.asyncore.transport;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.security.Principal;

import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a Unix domain socket, as the system has noted it when the
 * connection was made. Found by name, because the module {@code jdk.net} that tells it is
 * one that a runtime may lack.
 */
public final class PeerCredentials {

	private static final String OPTION = "SO_PEERCRED";

	private PeerCredentials() {
	}

	/**
	 * Return a part of the credentials of the peer.
	 * @param <T> the type of the part
	 * @param endpoint the connection, {@code null} if it was closed
	 * @param part the name of the part in {@code jdk.net.UnixDomainPrincipal}
	 * @param type the type of the part
	 * @return the part, {@code null} if there is no such peer or the system does not tell
	 */
	public static <T extends Principal> @Nullable T of(@Nullable Endpoint endpoint, String part, Class<T> type) {
		if (endpoint == null || !(endpoint.socket() instanceof StreamEndpoint stream)) {
			return null;
		}
		SocketChannel socket = stream.channel();
		try {
			Object credentials = (socket.getRemoteAddress() instanceof UnixDomainSocketAddress) ? credentials(socket)
					: null;
			return (credentials != null) ? type.cast(credentials.getClass().getMethod(part).invoke(credentials)) : null;
		}
		catch (IOException ex) {
			// closed by another thread
			return null;
		}
		catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException ex) {
			throw new IllegalStateException(OPTION + " is not what the JDK says", ex);
		}
	}

	private static @Nullable Object credentials(SocketChannel socket) throws IOException {
		for (SocketOption<?> option : socket.supportedOptions()) {
			if (option.name().equals(OPTION)) {
				return socket.getOption(option);
			}
		}
		return null;
	}

}
