package io.asyncore.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when a terminal becomes the controlling one of this process by being opened,
 * which the JDK cannot prevent: it has no {@code O_NOCTTY}. That happens to a process
 * that leads a session without a terminal, as services do, on Linux.
 */
public final class ControllingTerminal {

	private static final Logger logger = LoggerFactory.getLogger(ControllingTerminal.class);

	private static final Path STATUS = Path.of("/proc/self/stat");

	// behind the name, which may hold anything: state, parent, group, session, terminal
	private static final int TERMINAL = 4;

	// two threads may open it for the two directions at the same time
	private static final AtomicBoolean told = new AtomicBoolean();

	private ControllingTerminal() {
	}

	/**
	 * Open a device, and say so if this process has got its controlling terminal by that.
	 * @param device the device
	 * @param options how to open it
	 * @return the channel, which is the caller's to close
	 * @throws IOException if it cannot be opened
	 */
	public static FileChannel open(Path device, Set<? extends OpenOption> options) throws IOException {
		boolean without = is(STATUS, false);
		FileChannel channel = FileChannel.open(device, options);
		if (without && is(STATUS, true) && told.compareAndSet(false, true)) {
			logger.warn("{} has become the controlling terminal of this process, which leads a session that had none: "
					+ "when it hangs up, or sends Ctrl-C, the system ends the process. Start Java as the child of a "
					+ "shell or an init that stays, or with SIGHUP, SIGINT and SIGQUIT ignored",
					device.toUri().getRawPath());
		}
		return channel;
	}

	/**
	 * Say whether it is known that a process has a controlling terminal, or that it has
	 * none.
	 * @param status the file, as {@code /proc/self/stat}, that tells of the process
	 * @param there whether to say that it has one, or else that it has none
	 * @return whether that is known; on another system nothing is
	 */
	public static boolean is(Path status, boolean there) {
		try {
			String text = Files.readString(status, StandardCharsets.ISO_8859_1);
			String[] fields = text.substring(text.lastIndexOf(')') + 1).strip().split(" ");
			return fields.length > TERMINAL && !fields[TERMINAL].equals("0") == there;
		}
		catch (IOException ex) {
			// another system
			return false;
		}
	}

}
