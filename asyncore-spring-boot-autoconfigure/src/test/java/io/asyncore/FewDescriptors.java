package io.asyncore;

import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * A server to be run in a process that may open few files. Prints its port, greets every
 * client with an exclamation mark, keeps it until it goes, and ends when one sends
 * something; then prints what it has cost.
 */
public final class FewDescriptors extends Dispatcher {

	private static final List<String> FOLDERS = List.of("io/asyncore", "io/asyncore/transport", "io/asyncore/loop",
			"io/asyncore/file", "io/asyncore/connect", "io/asyncore/output");

	private int accepted;

	private int calls;

	private int passes;

	private FewDescriptors(ChannelMap map) {
		super(map);
	}

	public static void main(String[] args) throws Exception {
		// a class cannot be loaded from a folder without a descriptor
		loadClasses(Dispatcher.class);
		loadClasses(FewDescriptors.class);
		ChannelMap map = new ChannelMap();
		FewDescriptors server = new FewDescriptors(map);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(128);
		System.out.println(Loopback.port(server));
		map.eventLoop().run();
		System.out.println(server.accepted + " " + server.calls + " " + server.passes);
	}

	private static void loadClasses(Class<?> neighbour) throws Exception {
		Path root = Path.of(neighbour.getProtectionDomain().getCodeSource().getLocation().toURI());
		for (String folder : FOLDERS) {
			String[] names = root.resolve(folder).toFile().list();
			for (String name : (names != null) ? names : new String[0]) {
				// of the tests only this one works without their libraries
				if (name.endsWith(".class") && !name.startsWith("package-info")
						&& (neighbour == Dispatcher.class || name.startsWith("FewDescriptors"))) {
					Class
						.forName(folder.replace('/', '.') + "." + name.substring(0, name.length() - ".class".length()));
				}
			}
		}
	}

	@Override
	protected boolean readable() {
		this.passes++;
		return true;
	}

	@Override
	protected void handleAccept() throws Exception {
		this.calls++;
		super.handleAccept();
	}

	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
		this.accepted++;
		new Greeter(socket).send(new byte[] { '!' });
	}

	private static final class Greeter extends DispatcherWithSend {

		Greeter(SocketChannel socket) throws Exception {
			super(socket);
		}

		@Override
		protected void handleRead() throws Exception {
			if (recv(1).length > 0) {
				map().eventLoop().stop();
			}
		}

	}

}
