package io.asyncore.benchmark.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A virtual thread for each connection, which reads and writes blocking.
 */
public final class VirtualThreadServer {

	private VirtualThreadServer() {
	}

	public static void main(String[] args) throws IOException {
		Control control = new Control();
		Method start;
		try {
			// Java 21, and this is compiled for 17
			start = Thread.class.getMethod("startVirtualThread", Runnable.class);
		}
		catch (NoSuchMethodException ex) {
			control.unavailable("Java " + Runtime.version().feature() + " has no virtual threads");
			return;
		}
		ServerSocket listener = new ServerSocket(0, Control.BACKLOG, InetAddress.getLoopbackAddress());
		control.start(() -> accept(listener, start));
		control.listening(listener.getLocalPort());
	}

	private static void accept(ServerSocket listener, Method start) throws IOException {
		while (true) {
			Socket socket = listener.accept();
			Runnable serve = () -> serve(socket);
			try {
				start.invoke(null, serve);
			}
			catch (ReflectiveOperationException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	private static void serve(Socket socket) {
		try (socket) {
			socket.setTcpNoDelay(true);
			InputStream input = socket.getInputStream();
			OutputStream output = socket.getOutputStream();
			byte[] buffer = new byte[Control.READ_SIZE];
			for (int count = input.read(buffer); count > 0; count = input.read(buffer)) {
				output.write(buffer, 0, count);
			}
		}
		catch (IOException ex) {
			// the peer has gone
		}
	}

}
