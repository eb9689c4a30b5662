package io.asyncore.transport;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the system holds for a socket: how much was sent that the peer has not
 * acknowledged, and how much was received that nobody has read. Linux tells it in files
 * with a line for each socket of the machine, so this is for seldom questions; those of
 * many channels at a time are answered by going through the files once.
 */
public final class SocketQueues {

	/** The answer if the system does not tell. */
	public static final long UNKNOWN = -1;

	// not the threads of offloaded work, all of which may be held
	private static final Executor ASKING = DaemonThreads.pool("asyncore-queues-", 1, Integer.MAX_VALUE, 1);

	// first where the JDK's sockets are unless they are for IPv4 only
	private static final SocketQueues STREAMS = new SocketQueues(ASKING, Path.of("/proc/net/tcp6"),
			Path.of("/proc/net/tcp"));

	private static final SocketQueues DATAGRAMS = new SocketQueues(ASKING, Path.of("/proc/net/udp6"),
			Path.of("/proc/net/udp"));

	private static final String NO_PEER = "00000000:0000";

	private static final String NO_PEER_6 = "00000000000000000000000000000000:0000";

	private static final String MAPPED = "0000000000000000" + word(new byte[] { 0, 0, -1, -1 }, 0);

	private static final Logger logger = LoggerFactory.getLogger(SocketQueues.class);

	private final Executor executor;

	private final Path[] files;

	private final Queue<Question> questions = new ConcurrentLinkedQueue<>();

	private final AtomicBoolean answering = new AtomicBoolean();

	SocketQueues(Executor executor, Path... files) {
		this.executor = executor;
		this.files = files;
	}

	/**
	 * Ask how many bytes sent on a stream the peer has not acknowledged.
	 * @param local the address of the stream on this side, {@code null} if there is none
	 * @param remote that of the peer, {@code null} if there is none
	 * @param answer called with the number by any thread, perhaps this one;
	 * {@link #UNKNOWN} if the system does not tell
	 */
	public static void askUnacknowledged(@Nullable SocketAddress local, @Nullable SocketAddress remote,
			LongConsumer answer) {
		STREAMS.ask(local, remote, answer);
	}

	/**
	 * Ask how many bytes sent on a stream the peer has not acknowledged.
	 * @param endpoint the stream
	 * @param answer called with the number by any thread, perhaps this one;
	 * {@link #UNKNOWN} if nobody tells
	 */
	public static void askUnacknowledged(Endpoint endpoint, LongConsumer answer) {
		if (endpoint.channel() instanceof OwnQueues own) {
			answer.accept(own.unacknowledged());
		}
		else {
			askUnacknowledged(endpoint.localAddress(), endpoint.remoteAddress(), answer);
		}
	}

	/**
	 * Return how much a listener or a socket for datagrams holds that waits to be taken.
	 * Of streams it is not asked, for there may be many, and these come behind the
	 * listeners. Reads files of the system, and so may take a while.
	 * @param endpoint the socket
	 * @return a number that is smaller when something was taken, {@link #UNKNOWN} if the
	 * system does not tell
	 */
	public static long received(Endpoint endpoint) {
		boolean stream = endpoint.stage() == Endpoint.Stage.CONNECTED && !endpoint.isConnectionless();
		if (stream || endpoint.channel() instanceof OwnQueues) {
			return UNKNOWN;
		}
		SocketQueues queues = endpoint.isConnectionless() ? DATAGRAMS : STREAMS;
		return queues.lookUp(endpoint.localAddress(), endpoint.remoteAddress()).received();
	}

	void ask(@Nullable SocketAddress local, @Nullable SocketAddress remote, LongConsumer answer) {
		if (!(local instanceof InetSocketAddress) || !(remote instanceof InetSocketAddress)) {
			answer.accept(UNKNOWN);
			return;
		}
		this.questions.add(new Question((InetSocketAddress) local, (InetSocketAddress) remote, answer));
		if (this.answering.compareAndSet(false, true)) {
			boolean begun = false;
			try {
				this.executor.execute(this::answer);
				begun = true;
			}
			catch (RejectedExecutionException | OutOfMemoryError ex) {
				// no thread to be had: nobody is told anything
			}
			finally {
				if (!begun) {
					this.answering.set(false);
					takeQuestions().forEach((question) -> question.answer().accept(UNKNOWN));
				}
			}
		}
	}

	private void answer() {
		do {
			List<Question> questions = takeQuestions();
			this.answering.set(false);
			answer(questions);
		}
		while (!this.questions.isEmpty() && this.answering.compareAndSet(false, true));
	}

	private List<Question> takeQuestions() {
		List<Question> questions = new ArrayList<>();
		for (Question question = this.questions.poll(); question != null; question = this.questions.poll()) {
			questions.add(question);
		}
		return questions;
	}

	private void answer(List<Question> questions) {
		Map<String, Sizes> found = new HashMap<>();
		try {
			for (Question question : questions) {
				keys(question.local(), question.remote()).forEach((key) -> found.put(key, Sizes.UNKNOWN));
			}
			find(found, questions.size());
		}
		catch (OutOfMemoryError ex) {
			// then nothing is known
			found.clear();
		}
		for (Question question : questions) {
			try {
				question.answer().accept(best(found, question.local(), question.remote()).sent());
			}
			catch (OutOfMemoryError ex) {
				// others wait for theirs
				logger.debug("An answer is lost", ex);
			}
		}
	}

	Sizes lookUp(@Nullable SocketAddress local, @Nullable SocketAddress remote) {
		if (!(local instanceof InetSocketAddress own) || (remote != null && !(remote instanceof InetSocketAddress))) {
			return Sizes.UNKNOWN;
		}
		Map<String, Sizes> found = new HashMap<>();
		keys(own, (InetSocketAddress) remote).forEach((key) -> found.put(key, Sizes.UNKNOWN));
		find(found, 1);
		return best(found, own, (InetSocketAddress) remote);
	}

	private static Sizes best(Map<String, Sizes> found, InetSocketAddress local, @Nullable InetSocketAddress remote) {
		for (String key : keys(local, remote)) {
			Sizes sizes = found.get(key);
			if (sizes != null && sizes != Sizes.UNKNOWN) {
				return sizes;
			}
		}
		return Sizes.UNKNOWN;
	}

	private void find(Map<String, Sizes> wanted, int sockets) {
		// there may be many lines behind the last one
		int left = sockets;
		for (Path file : this.files) {
			try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
				for (String line = reader.readLine(); line != null && left > 0; line = reader.readLine()) {
					left -= find(wanted, line) ? 1 : 0;
				}
			}
			catch (IOException ex) {
				// not Linux, or without that version of the protocol
			}
		}
	}

	// " 12: 0100007F:1F90 0100007F:C350 01 00000400:00000000 ..."
	private static boolean find(Map<String, Sizes> wanted, String line) {
		int local = line.indexOf(':') + 2;
		int localEnd = line.indexOf(' ', local);
		int remoteEnd = line.indexOf(' ', localEnd + 1);
		int sizes = line.indexOf(' ', remoteEnd + 1) + 1;
		int sizesEnd = line.indexOf(' ', sizes);
		if (local < 2 || localEnd < 0 || remoteEnd < 0 || sizes < 1 || sizesEnd < 0) {
			return false;
		}
		String key = line.substring(local, remoteEnd);
		if (!wanted.containsKey(key)) {
			return false;
		}
		int colon = line.indexOf(':', sizes);
		try {
			wanted.put(key,
					new Sizes(Long.parseLong(line, sizes, colon, 16), Long.parseLong(line, colon + 1, sizesEnd, 16)));
			return true;
		}
		catch (NumberFormatException | IndexOutOfBoundsException ex) {
			// another form of the file than is known here
			return false;
		}
	}

	// a socket of IPv6 may have addresses of IPv4
	private static List<String> keys(InetSocketAddress local, @Nullable InetSocketAddress remote) {
		String six = six(local) + " " + ((remote != null) ? six(remote) : NO_PEER_6);
		if (!(local.getAddress() instanceof Inet4Address) && !local.getAddress().isAnyLocalAddress()) {
			return List.of(six);
		}
		return List.of(four(local) + " " + ((remote != null) ? four(remote) : NO_PEER), six);
	}

	private static String four(InetSocketAddress address) {
		byte[] bytes = address.getAddress().getAddress();
		// a wildcard of IPv6 stands for that of IPv4 here
		return word(bytes, Math.max(0, bytes.length - 4)) + port(address);
	}

	private static String six(InetSocketAddress address) {
		InetAddress ip = address.getAddress();
		byte[] bytes = ip.getAddress();
		if (ip.isAnyLocalAddress()) {
			return "0".repeat(32) + port(address);
		}
		if (bytes.length == 4) {
			return MAPPED + word(bytes, 0) + port(address);
		}
		return word(bytes, 0) + word(bytes, 4) + word(bytes, 8) + word(bytes, 12) + port(address);
	}

	private static String port(InetSocketAddress address) {
		return String.format(":%04X", address.getPort());
	}

	// in the order of this machine
	private static String word(byte[] bytes, int offset) {
		int word = 0;
		for (int i = 0; i < 4; i++) {
			int index = (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) ? i : 3 - i;
			word = (word << 8) | (bytes[offset + index] & 0xFF);
		}
		return String.format("%08X", word);
	}

	private record Question(InetSocketAddress local, InetSocketAddress remote, LongConsumer answer) {

	}

	/**
	 * What waits in both directions, in bytes.
	 *
	 * @param sent what the peer has not acknowledged
	 * @param received what nobody has read
	 */
	record Sizes(long sent, long received) {

		static final Sizes UNKNOWN = new Sizes(SocketQueues.UNKNOWN, SocketQueues.UNKNOWN);

	}

	/**
	 * A channel of which the system knows nothing.
	 */
	public interface OwnQueues {

		/**
		 * Return how many bytes the peer has not acknowledged.
		 * @return the number, {@link #UNKNOWN} if it is no stream
		 */
		default long unacknowledged() {
			return UNKNOWN;
		}

	}

}
