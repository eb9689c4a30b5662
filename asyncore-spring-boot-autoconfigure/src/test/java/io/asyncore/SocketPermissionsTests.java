package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.asyncore.AddressUnavailableException.Reason;
import io.asyncore.transport.SocketFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The file of a {@link ServerDispatcher} whose permissions are set: it has them as soon
 * as it is there, and nobody can have those of another file set instead.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(60)
class SocketPermissionsTests {

	private static final Set<PosixFilePermission> ALL = PosixFilePermissions.fromString("rw-rw-rw-");

	private static final Set<PosixFilePermission> OURS = PosixFilePermissions.fromString("rw-------");

	// what an address has room for
	private static final int LONGEST = 106;

	private static final int ROUNDS = 100;

	private final ChannelMap map = new ChannelMap();

	@TempDir
	private Path directory;

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void areThereFromTheBeginning() throws Exception {
		Path file = this.directory.resolve("s");
		try (Rival rival = new Rival(() -> {
			try {
				Set<PosixFilePermission> found = Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS);
				assertThat(found).isEqualTo(ALL);
			}
			catch (NoSuchFileException ex) {
				// not yet, or not any more
			}
			return null;
		})) {
			for (int i = 0; i < ROUNDS; i++) {
				ServerDispatcher server = server(file);
				server.open();
				assertServes(server);
				server.close();
				assertThat(file).doesNotExist();
			}
			rival.end();
		}
		assertNothingLeft();
	}

	@Test
	void areNotSetForTheTargetOfALinkInItsPlace() throws Exception {
		Path secret = secret();
		Path file = this.directory.resolve("s");
		Path away = this.directory.resolve("away");
		try (Rival rival = new Rival(() -> {
			try {
				Files.move(file, away);
				Files.createSymbolicLink(file, secret);
			}
			catch (IOException ex) {
				// not yet
			}
			Files.deleteIfExists(away);
			return null;
		})) {
			openAgainAndAgain(file, secret);
			rival.end();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "rwxrwxrwx", "rwx------" })
	void areNotSetForTheTargetOfALinkInADirectoryInPlaceOfOurs(String permissions) throws Exception {
		Path secret = secret();
		Path file = this.directory.resolve("s");
		Path trap = Files.createDirectory(this.directory.resolve("trap"));
		Files.setPosixFilePermissions(trap, PosixFilePermissions.fromString(permissions));
		Files.createSymbolicLink(trap.resolve("s"), secret);
		try (Rival rival = new Rival(() -> {
			try (DirectoryStream<Path> hidden = Files.newDirectoryStream(this.directory, ".*")) {
				for (Path found : hidden) {
					Files.move(found, this.directory.resolve("away" + System.nanoTime()));
					Files.createSymbolicLink(found, trap);
				}
			}
			catch (IOException ex) {
				// gone already
			}
			return null;
		})) {
			openAgainAndAgain(file, secret);
			rival.end();
		}
		assertThat(trap.resolve("s")).isSymbolicLink();
	}

	private Path secret() throws IOException {
		Path secret = this.directory.resolve("secret");
		Files.createFile(secret, PosixFilePermissions.asFileAttribute(OURS));
		return secret;
	}

	private void openAgainAndAgain(Path file, Path secret) throws IOException {
		for (int i = 0; i < ROUNDS; i++) {
			ServerDispatcher server = server(file);
			try {
				server.open();
			}
			catch (IOException ex) {
				assertThat(server.closed()).isTrue();
			}
			server.close();
			Files.deleteIfExists(file);
			assertThat(Files.getPosixFilePermissions(secret)).as("round %d", i).isEqualTo(OURS);
		}
	}

	@Test
	void theAddressIsThatOfItsPlace() throws Exception {
		Path file = this.directory.resolve("s");
		List<Dispatcher> made = new ArrayList<>();
		ServerDispatcher server = new ServerDispatcher(UnixDomainSocketAddress.of(file), (socket, peer) -> {
			made.add(new Dispatcher(socket));
			return made.get(0);
		}, this.map);
		server.setSocketPermissions(ALL);
		server.open();
		assertThat(server.localAddress()).isEqualTo(server.address());
		assertThat(server).asString().contains(" listening " + file + " ");
		try (SocketChannel client = SocketChannel.open(server.address())) {
			Loopback.passUntil(this.map, () -> !made.isEmpty());
			assertThat(made.get(0).localAddress()).isEqualTo(server.address());
			assertThat(client.getRemoteAddress()).isEqualTo(server.address());
			ServerSocketChannel socket = (ServerSocketChannel) server.socket();
			UnixDomainSocketAddress bound = (UnixDomainSocketAddress) socket.getLocalAddress();
			assertThat(SocketFile.place(bound)).isEqualTo(server.address());
			server.close();
			assertThat(SocketFile.place(bound)).as("what is known of it").isEqualTo(bound);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 90, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, LONGEST })
	void aLongPathIsNoLessSafe(int length) throws Exception {
		Path file = longPath(length);
		ServerDispatcher server = server(file);
		try (CapturedLog log = new CapturedLog()) {
			server.open();
			assertThat(Files.getPosixFilePermissions(file)).isEqualTo(ALL);
			assertThat(server.localAddress()).isEqualTo(server.address());
			assertServes(server);
			assertThat(log.infos()).isEmpty();
			assertThat(log.warnings()).isEmpty();
		}
		server.close();
		assertNothingLeft();
	}

	@Test
	void aPathThatIsTooLongIsRefused() throws Exception {
		assertUnavailable(longPath(LONGEST + 1), Reason.TOO_LONG);
		assertNothingLeft();
	}

	private Path longPath(int length) {
		int left = length - this.directory.toString().length() - 1;
		assumeThat(left).as("room for a name").isPositive();
		return this.directory.resolve("x".repeat(left));
	}

	@Test
	void whatIsLeftBehindIsReplaced() throws Exception {
		Path file = this.directory.resolve("s");
		try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			gone.bind(UnixDomainSocketAddress.of(file));
		}
		// by one that was killed in the middle of it
		Path left = Files.createDirectory(this.directory.resolve(".12345"));
		ServerDispatcher server = server(file);
		try (CapturedLog log = new CapturedLog()) {
			server.open();
			assertThat(log.infos()).singleElement().asString().contains("Removed the socket file " + file);
		}
		assertServes(server);
		server.close();
		Files.delete(left);
		assertNothingLeft();
	}

	@Test
	void whatIsInUseIsLeftAlone() throws Exception {
		Path file = this.directory.resolve("s");
		ServerDispatcher first = server(file);
		first.open();
		assertUnavailable(file, Reason.IN_USE);
		assertServes(first);
		first.close();
		assertNothingLeft();
	}

	@Test
	void whatIsNoSocketIsLeftAlone() throws Exception {
		Path file = Files.writeString(this.directory.resolve("s"), "precious");
		assertUnavailable(file, Reason.NOT_A_SOCKET);
		assertThat(file).hasContent("precious");
		Path directory = Files.createDirectory(this.directory.resolve("d"));
		assertUnavailable(directory, Reason.NOT_A_SOCKET);
		Path link = Files.createSymbolicLink(this.directory.resolve("l"), this.directory.resolve("nowhere"));
		assertUnavailable(link, Reason.NOT_A_SOCKET);
		assertThat(link).isSymbolicLink();
		assertUnavailable(file.resolve("s"), Reason.NO_DIRECTORY);
		assertUnavailable(this.directory.resolve("missing").resolve("s"), Reason.NO_DIRECTORY);
	}

	@Test
	void whenTheDirectoryCannotBeWrittenToSaysSo() throws Exception {
		Files.setPosixFilePermissions(this.directory, PosixFilePermissions.fromString("r-x------"));
		try {
			assumeThat(Files.isWritable(this.directory)).as("the user may write everywhere").isFalse();
			assertUnavailable(this.directory.resolve("s"), Reason.READ_ONLY_DIRECTORY);
		}
		finally {
			Files.setPosixFilePermissions(this.directory, PosixFilePermissions.fromString("rwx------"));
		}
	}

	@Test
	void ofTwoThatOpenAtATimeOneHasIt() throws Exception {
		Path file = this.directory.resolve("s");
		for (int i = 0; i < ROUNDS / 2; i++) {
			ServerDispatcher one = server(file);
			ServerDispatcher other = server(file);
			CyclicBarrier start = new CyclicBarrier(2);
			CompletableFuture<Boolean> otherHasIt = CompletableFuture.supplyAsync(() -> opens(other, start));
			boolean oneHasIt = opens(one, start);
			assertThat(otherHasIt.get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isEqualTo(!oneHasIt);
			assertServes(oneHasIt ? one : other);
			one.close();
			other.close();
			assertNothingLeft();
		}
	}

	private static boolean opens(ServerDispatcher server, CyclicBarrier start) {
		try {
			start.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			server.open();
			return true;
		}
		catch (AddressUnavailableException ex) {
			return false;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void aRelativePathIsFineToo() throws Exception {
		Path file = Path.of("target").resolve("s" + System.nanoTime());
		Files.createDirectories(file.getParent());
		ServerDispatcher server = server(file);
		server.open();
		assertThat(server.localAddress()).isEqualTo(server.address());
		assertServes(server);
		server.close();
		assertThat(file).doesNotExist();
	}

	private void assertUnavailable(Path file, Reason reason) {
		ServerDispatcher server = server(file);
		assertThatExceptionOfType(AddressUnavailableException.class).isThrownBy(server::open)
			.withMessageContaining(reason.description())
			.withMessageEndingWith(file.toString())
			.satisfies((failure) -> assertThat(failure.reason()).isEqualTo(reason));
		assertThat(server.closed()).isTrue();
	}

	private void assertNothingLeft() throws IOException {
		try (Stream<Path> left = Files.list(this.directory)) {
			assertThat(left).isEmpty();
		}
	}

	private void assertServes(ServerDispatcher server) throws IOException {
		int before = server.connections();
		try (SocketChannel client = SocketChannel.open(server.address())) {
			Loopback.passUntil(this.map, () -> server.connections() > before);
			assertThat(client.isConnected()).isTrue();
		}
	}

	private ServerDispatcher server(Path file) {
		ServerDispatcher server = new ServerDispatcher(UnixDomainSocketAddress.of(file),
				(socket, peer) -> new Dispatcher(socket), this.map);
		server.setSocketPermissions(ALL);
		return server;
	}

	/**
	 * Does something again and again at the same time.
	 */
	private static final class Rival implements AutoCloseable {

		private final AtomicBoolean over = new AtomicBoolean();

		private final CompletableFuture<Void> work;

		Rival(Callable<Void> step) {
			this.work = CompletableFuture.runAsync(() -> {
				while (!this.over.get()) {
					try {
						step.call();
					}
					catch (Exception ex) {
						throw new IllegalStateException(ex);
					}
				}
			});
		}

		void end() throws Exception {
			this.over.set(true);
			this.work.get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
		}

		@Override
		public void close() {
			this.over.set(true);
		}

	}

}
