package io.asyncore;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.asyncore.AddressUnavailableException.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The file of a {@link ServerDispatcher} that listens on a Unix domain socket.
 */
@Timeout(60)
class UnixListenerTests extends MapFixture {

	private static final Set<PosixFilePermission> GROUP_TOO = PosixFilePermissions.fromString("rw-rw----");

	private final CapturedLog log = new CapturedLog();

	@TempDir
	private Path directory;

	private Path file;

	private ServerDispatcher server;

	@BeforeEach
	void create() {
		this.file = this.directory.resolve("s");
		this.server = server(this.file);
	}

	@AfterEach
	void close() throws Exception {
		this.log.close();
	}

	@Test
	void whenADispatcherListensWhereItIsBoundTakesItsOwnFileOnly() throws IOException {
		UnixDomainSocketAddress address = UnixDomainSocketAddress.of(this.file);
		Dispatcher listener = new Dispatcher(this.map);
		listener.createSocket(StandardProtocolFamily.UNIX);
		listener.bind(address);
		Files.delete(this.file);
		Files.writeString(this.file, "of somebody else");
		assertThatExceptionOfType(AddressUnavailableException.class).isThrownBy(() -> listener.listen(1));
		assertThat(this.file).hasContent("of somebody else");
		Files.delete(this.file);
		listener.listen(1);
		assertThat(listener.localAddress()).isEqualTo(address);
	}

	@ParameterizedTest
	@ValueSource(strings = { "SOCK_STREAM", "SOCK_DGRAM", "SOCK_SEQPACKET" })
	void whenAProcessWasKilledRemovesWhatItHasLeft(String type) throws Exception {
		Process process = python("s = socket.socket(socket.AF_UNIX, socket." + type + "); s.bind('" + this.file + "')\n"
				+ "if '" + type + "' != 'SOCK_DGRAM': s.listen(1)");
		process.destroyForcibly();
		assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		assertThat(this.file).exists();
		this.server.open();
		assertServes(this.server);
		assertThat(this.log.infos()).singleElement().asString().contains("Removed the socket file " + this.file);
	}

	@Test
	void whenAnotherListensLeavesItAlone() throws Exception {
		ServerDispatcher first = server(this.file);
		first.open();
		assertInUse();
		assertServes(first);
	}

	@Test
	void whenTheBacklogOfAnotherIsFullLeavesItAlone() throws Exception {
		ServerSocketChannel other = keep(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
		other.bind(address(), 1);
		int waiting = fill();
		assertInUse();
		for (int i = 0; i < waiting; i++) {
			keep(other.accept());
		}
		keep(SocketChannel.open(address()));
	}

	private int fill() throws IOException {
		for (int i = 0; i < 100; i++) {
			SocketChannel client = keep(SocketChannel.open(StandardProtocolFamily.UNIX));
			client.configureBlocking(false);
			try {
				client.connect(address());
			}
			catch (IOException ex) {
				return i;
			}
		}
		throw new IllegalStateException("The backlog has no end");
	}

	@ParameterizedTest
	@ValueSource(strings = { "SOCK_DGRAM", "SOCK_SEQPACKET" })
	void whenASocketOfAnotherTypeIsInUseLeavesItAlone(String type) throws Exception {
		Process process = python("s = socket.socket(socket.AF_UNIX, socket." + type + "); s.bind('" + this.file + "')\n"
				+ "if '" + type + "' != 'SOCK_DGRAM': s.listen(1)");
		assertInUse();
		assertThat(process.isAlive()).isTrue();
	}

	@Test
	void whenTheFileIsNoSocketLeavesIt() throws Exception {
		Files.writeString(this.file, "precious");
		assertUnavailable(Reason.NOT_A_SOCKET);
		assertThat(this.file).hasContent("precious");
	}

	@Test
	void whenItIsADirectoryLeavesIt() throws Exception {
		Files.createDirectory(this.file);
		assertUnavailable(Reason.NOT_A_SOCKET);
		assertThat(this.file).isDirectory();
	}

	@Test
	void whenItIsALinkToASocketOnWhichNobodyListensLeavesBoth() throws Exception {
		Path target = abandoned(this.directory.resolve("target"));
		Files.createSymbolicLink(this.file, target);
		assertUnavailable(Reason.NOT_A_SOCKET);
		assertThat(this.file).isSymbolicLink();
		assertThat(target).exists();
	}

	@Test
	void whenItIsAFifoLeavesIt() throws Exception {
		python("import os; os.mkfifo('" + this.file + "')");
		assertUnavailable(Reason.NOT_A_SOCKET);
		assertThat(this.file).exists();
	}

	@Test
	void whenThereIsNoDirectorySaysSo() throws Exception {
		this.server = server(this.directory.resolve("missing").resolve("s"));
		assertUnavailable(Reason.NO_DIRECTORY);
		Files.createFile(this.directory.resolve("file"));
		this.server = server(this.directory.resolve("file").resolve("s"));
		assertUnavailable(Reason.NO_DIRECTORY);
	}

	@Test
	void whenTheDirectoryCannotBeWrittenToSaysSo() throws Exception {
		Files.setPosixFilePermissions(this.directory, PosixFilePermissions.fromString("r-x------"));
		try {
			assumeThat(Files.isWritable(this.directory)).as("the user may write everywhere").isFalse();
			assertUnavailable(Reason.READ_ONLY_DIRECTORY);
		}
		finally {
			Files.setPosixFilePermissions(this.directory, PosixFilePermissions.fromString("rwx------"));
		}
	}

	@Test
	void whenThePathIsTooLongSaysSo() throws Exception {
		this.server = server(this.directory.resolve("x".repeat(200)));
		assertUnavailable(Reason.TOO_LONG);
	}

	@Test
	void leavesNoTemporaryFile() throws Exception {
		abandoned(this.file);
		Path temporary = Files.createDirectory(this.directory.resolve("t"));
		String options = "-Djava.io.tmpdir=" + temporary + " -Dserver.path=" + this.file;
		try (ChildProcess process = new ChildProcess("true", options, Opening.class)) {
			assertThat(process.readLine()).isEqualTo("listening");
			process.awaitEnd();
		}
		try (Stream<Path> left = Files.list(temporary)) {
			assertThat(left.filter((path) -> path.getFileName().toString().startsWith("socket"))).isEmpty();
		}
	}

	@Test
	void setsThePermissions() throws Exception {
		this.server.setSocketPermissions(GROUP_TOO);
		this.server.open();
		assertThat(Files.getPosixFilePermissions(this.file)).isEqualTo(GROUP_TOO);
		assertServes(this.server);
		this.server.close();
		this.server.open();
		assertThat(Files.getPosixFilePermissions(this.file)).isEqualTo(GROUP_TOO);
	}

	@Test
	void refusesWhoWasThereBeforeThePermissions() throws Exception {
		ServerSocketChannel listener = keep(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
		listener.bind(address(), 2);
		listener.configureBlocking(false);
		SocketChannel one = keep(SocketChannel.open(address()));
		SocketChannel other = keep(SocketChannel.open(address()));
		assertThat(UnixListener.restrict(listener, this.file, GROUP_TOO, 2)).isEqualTo(2);
		assertThat(one.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThat(other.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		keep(SocketChannel.open(address()));
		assertThat(keep(listener.accept())).isNotNull();
	}

	@Test
	void whenClosedLeavesTheFileOfASuccessor() throws Exception {
		this.server.open();
		Files.delete(this.file);
		ServerDispatcher successor = server(this.file);
		successor.open();
		this.server.close();
		assertServes(successor);
		successor.close();
		assertThat(this.file).doesNotExist();
	}

	@Test
	void whenItsFileIsGoneCloses() throws Exception {
		this.server.open();
		Files.delete(this.file);
		this.server.close();
		assertThat(this.log.errors()).isEmpty();
		assertThat(this.server.closed()).isTrue();
	}

	private void assertInUse() throws IOException {
		Object before = Files.getAttribute(this.file, "unix:ino", LinkOption.NOFOLLOW_LINKS);
		assertUnavailable(Reason.IN_USE);
		assertThat(Files.getAttribute(this.file, "unix:ino", LinkOption.NOFOLLOW_LINKS)).isEqualTo(before);
	}

	private void assertUnavailable(Reason reason) {
		assertThatExceptionOfType(AddressUnavailableException.class).isThrownBy(this.server::open)
			.withMessageContaining(reason.description())
			.withMessageEndingWith(this.server.address().toString())
			.satisfies((failure) -> assertThat(failure.reason()).isEqualTo(reason));
		assertThat(this.server.closed()).isTrue();
		assertThat(this.server.socket()).isNull();
		assertThat(this.log.infos()).isEmpty();
	}

	private void assertServes(ServerDispatcher server) throws IOException {
		int before = server.connections();
		try (SocketChannel client = SocketChannel.open(server.address())) {
			Loopback.passUntil(this.map, () -> server.connections() > before);
			assertThat(client.isConnected()).isTrue();
		}
	}

	private Path abandoned(Path path) throws IOException {
		try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			gone.bind(UnixDomainSocketAddress.of(path));
		}
		return path;
	}

	private Process python(String script) throws IOException {
		Process process = Python.start("-u", "-c", "import socket\n" + script + "\nprint('ready')\ninput()");
		keep(process::destroyForcibly);
		BufferedReader output = process.inputReader();
		assertThat(output.readLine()).as("what python3 says").isEqualTo("ready");
		return process;
	}

	private UnixDomainSocketAddress address() {
		return UnixDomainSocketAddress.of(this.file);
	}

	private ServerDispatcher server(Path path) {
		return new ServerDispatcher(UnixDomainSocketAddress.of(path), (socket, peer) -> new Dispatcher(this.map),
				this.map);
	}

	/**
	 * Opens a server and closes it.
	 */
	public static final class Opening {

		private Opening() {
		}

		public static void main(String[] arguments) throws IOException {
			UnixDomainSocketAddress address = UnixDomainSocketAddress.of(System.getProperty("server.path"));
			try (ServerDispatcher server = new ServerDispatcher(address, (socket, peer) -> new Dispatcher())) {
				server.open();
				System.out.println("listening");
			}
		}

	}

}
