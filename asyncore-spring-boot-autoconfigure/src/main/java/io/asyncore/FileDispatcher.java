package io.asyncore;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

import io.asyncore.file.BlockingFile;
import io.asyncore.file.OpenFile;
import io.asyncore.transport.Endpoint;

/**
 * A file in a loop: a pipe, a terminal, a device, the output or input of a child process,
 * a regular file. It is read and written like a socket that is connected, by the same
 * hooks and methods. Stands for {@code asyncore.file_dispatcher}.
 * <p>
 * The system cannot tell a loop when a file is ready, so a thread for each direction that
 * is used reads or writes it, a daemon that begins when it is first needed. It reads
 * ahead by at most 128 KiB, and only while {@link #readable()} says so; as much is taken
 * by {@link #send} before it says that the file is full. Up to 4,096 bytes are taken by
 * one {@code send} all or not at all, and written whole, so that records of several
 * writers of one pipe are not mixed. At the end of the file {@link #handleClose()} is
 * called, when all data has been received. One that was left not to block, as standard
 * input may be, is tried again every 1 to 100 ms while it has nothing.
 * <p>
 * {@link #close()} returns at once and ends what the threads wait for. What {@code send}
 * has taken is still written, unless whoever reads it takes nothing for five seconds; a
 * graceful stop waits for that, and so does the end of the program. That a file which is
 * stored cannot be read or written goes to {@link #handleError}; of others it means that
 * the other end has gone, and {@link #handleClose()} is called. That the system has no
 * thread for it, or no memory, goes to {@code handleError} as well: if the dispatcher is
 * left open, reading is tried again every second, and {@code send} may be.
 */
public class FileDispatcher extends Dispatcher {

	private volatile String place = "";

	/**
	 * Create a dispatcher without a file, to be given one by {@code setFile}. Its map is
	 * that of the loop that the calling thread is running, else
	 * {@link Asyncore#socketMap()}.
	 */
	public FileDispatcher() {
	}

	/**
	 * Create a dispatcher without a file, to be given one by {@code setFile}.
	 * @param map the map it will join then
	 */
	public FileDispatcher(ChannelMap map) {
		super(map);
	}

	/**
	 * Create a dispatcher for a file, see {@link #setFile(Path, OpenOption...)}. It joins
	 * the map of the loop that the calling thread is running, else
	 * {@link Asyncore#socketMap()}.
	 * @param file the file
	 * @param options how to open it, to be read by default
	 * @throws IOException if it cannot be opened
	 */
	public FileDispatcher(Path file, OpenOption... options) throws IOException {
		setFile(file, options);
	}

	/**
	 * Create a dispatcher for a file, see {@link #setFile(Path, OpenOption...)}.
	 * @param file the file
	 * @param map the map to join
	 * @param options how to open it, to be read by default
	 * @throws IOException if it cannot be opened
	 */
	public FileDispatcher(Path file, ChannelMap map, OpenOption... options) throws IOException {
		super(map);
		setFile(file, options);
	}

	/**
	 * Create a dispatcher for an open file, see {@link #setFile(FileChannel)}. It joins
	 * the map of the loop that the calling thread is running, else
	 * {@link Asyncore#socketMap()}.
	 * @param file the file, which is closed with the dispatcher
	 * @throws IOException if it is closed
	 */
	public FileDispatcher(FileChannel file) throws IOException {
		setFile(file);
	}

	/**
	 * Create a dispatcher for an open file, see {@link #setFile(FileChannel)}.
	 * @param file the file, which is closed with the dispatcher
	 * @param map the map to join
	 * @throws IOException if it is closed
	 */
	public FileDispatcher(FileChannel file, ChannelMap map) throws IOException {
		super(map);
		setFile(file);
	}

	/**
	 * Create a dispatcher for a stream to be read, see {@link #setFile(InputStream)}. It
	 * joins the map of the loop that the calling thread is running, else
	 * {@link Asyncore#socketMap()}.
	 * @param in the stream, such as {@code System.in} or the output of a {@code Process}
	 * @throws IOException never by the library itself
	 */
	public FileDispatcher(InputStream in) throws IOException {
		setFile(in);
	}

	/**
	 * Create a dispatcher for a stream to be read, see {@link #setFile(InputStream)}.
	 * @param in the stream, such as {@code System.in} or the output of a {@code Process}
	 * @param map the map to join
	 * @throws IOException never by the library itself
	 */
	public FileDispatcher(InputStream in, ChannelMap map) throws IOException {
		super(map);
		setFile(in);
	}

	/**
	 * Create a dispatcher for a stream to be written, see {@link #setFile(OutputStream)}.
	 * It joins the map of the loop that the calling thread is running, else
	 * {@link Asyncore#socketMap()}.
	 * @param out the stream, such as the input of a {@code Process}, which is closed with
	 * the dispatcher
	 * @throws IOException never by the library itself
	 */
	public FileDispatcher(OutputStream out) throws IOException {
		setFile(out);
	}

	/**
	 * Create a dispatcher for a stream to be written, see {@link #setFile(OutputStream)}.
	 * @param out the stream, such as the input of a {@code Process}, which is closed with
	 * the dispatcher
	 * @param map the map to join
	 * @throws IOException never by the library itself
	 */
	public FileDispatcher(OutputStream out, ChannelMap map) throws IOException {
		super(map);
		setFile(out);
	}

	/**
	 * Create a dispatcher for what a descriptor refers to, see {@link #setFile(int)}. It
	 * joins the map of the loop that the calling thread is running, else
	 * {@link Asyncore#socketMap()}.
	 * @param fd the descriptor, which the caller may close
	 * @throws IOException if it is not open, or a socket, or may not be opened by this
	 * process, or would overwrite a file
	 * @throws UnsupportedOperationException if there are no descriptors on this system
	 */
	public FileDispatcher(int fd) throws IOException {
		setFile(fd);
	}

	/**
	 * Create a dispatcher for what a descriptor refers to, see {@link #setFile(int)}.
	 * @param fd the descriptor, which the caller may close
	 * @param map the map to join
	 * @throws IOException if it is not open, or a socket, or may not be opened by this
	 * process, or would overwrite a file
	 * @throws UnsupportedOperationException if there are no descriptors on this system
	 */
	public FileDispatcher(int fd, ChannelMap map) throws IOException {
		super(map);
		setFile(fd);
	}

	/**
	 * Use a file from now on, and join the map. What the dispatcher had before is closed.
	 * <p>
	 * Does not wait for the other end of a pipe of the file system (FIFO): it is opened
	 * when something is first to be received or sent. One that is opened for reading and
	 * writing waits for nobody, on Linux and macOS, and never comes to its end. Whoever
	 * deletes one while a thread waits for its other end to be opened leaves that thread
	 * waiting, even after {@link #close()}. What kind of file it is, is looked at just
	 * before: a pipe that somebody puts in the place of a regular file in between is
	 * waited for here.
	 * <p>
	 * A terminal becomes the controlling terminal of a process that leads a session
	 * without one, as services do, when it is opened, for the JDK has no
	 * {@code O_NOCTTY}: when it hangs up, or sends Ctrl-C, the system ends the process.
	 * That is logged. Start Java as the child of a shell that stays
	 * ({@code sh -c 'java -jar app.jar; exit $?'}) or of an init, or with these signals
	 * ignored ({@code trap '' HUP INT QUIT; exec java -jar app.jar}).
	 * @param file the file
	 * @param options how to open it, as {@link FileChannel#open(Path, OpenOption...)}
	 * takes them; to be read by default
	 * @throws IOException if it cannot be opened, or is a directory or a socket; that the
	 * opening of a pipe or device fails later goes to {@link #handleClose()}
	 */
	public void setFile(Path file, OpenOption... options) throws IOException {
		set(BlockingFile.of(file, options), " " + file);
	}

	/**
	 * Use an open file from now on, and join the map. What the dispatcher had before is
	 * closed. One that is no stored file can be used in one direction only, for the JDK
	 * lets nobody write a channel while another thread waits to read it.
	 * @param file the file, which is closed with the dispatcher
	 * @throws IOException if it is closed
	 */
	public void setFile(FileChannel file) throws IOException {
		set(OpenFile.of(file), "");
	}

	/**
	 * Read a stream from now on, and join the map. What the dispatcher had before is
	 * closed.
	 * <p>
	 * {@code System.in} stays open: what it refers to is opened anew where the system
	 * allows it, so what others have read ahead is not received here, nor by others what
	 * is read ahead here. Other streams are closed with the dispatcher. A thread that
	 * waits for a {@code FileInputStream} ends then; for others, that of a
	 * {@code Process} for instance, it ends when there is input or the stream ends, and
	 * what it has read is dropped.
	 * @param in the stream
	 * @throws IOException never by the library itself
	 */
	public void setFile(InputStream in) throws IOException {
		set(BlockingFile.of(in), "");
	}

	/**
	 * Write a stream from now on, and join the map. What the dispatcher had before is
	 * closed. A thread that waits for somebody to read ends after {@link #close()} if the
	 * stream is a {@code FileOutputStream}; for others, that of a {@code Process} for
	 * instance, it may wait until what it writes is read or the reader has gone.
	 * @param out the stream, which is closed with the dispatcher
	 * @throws IOException never by the library itself
	 */
	public void setFile(OutputStream out) throws IOException {
		set(BlockingFile.of(out), "");
	}

	/**
	 * Use what a descriptor refers to from now on, and join the map. What the dispatcher
	 * had before is closed. The descriptor is opened anew, or used itself and not closed
	 * if it is a standard one and a regular file, see {@link FileWrapper}.
	 * @param fd the descriptor, which the caller may close
	 * @throws IOException if it is not open, or a socket, or may not be opened by this
	 * process, or is a regular file that is open for writing and does not append
	 * @throws UnsupportedOperationException if there are no descriptors on this system
	 */
	public void setFile(int fd) throws IOException {
		set(BlockingFile.of(fd), " fd " + fd);
	}

	private void set(BlockingFile file, String place) throws IOException {
		boolean done = false;
		try {
			channel().setFile(file);
			this.place = place;
			done = true;
		}
		finally {
			if (!done) {
				file.close();
			}
		}
	}

	/**
	 * Return how much {@link #send} has taken that is not written. The predicates are
	 * asked again when that has become nothing.
	 * @return the number of bytes
	 */
	@Override
	public int outBuffered() {
		Endpoint endpoint = channel().endpoint();
		return (endpoint != null) ? endpoint.held() : 0;
	}

	@Override
	boolean hasOutput() {
		return outBuffered() > 0 || super.hasOutput();
	}

	@Override
	String place() {
		return this.place;
	}

}
