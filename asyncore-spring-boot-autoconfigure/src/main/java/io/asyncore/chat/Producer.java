package io.asyncore.chat;

import java.nio.ByteBuffer;

/**
 * Output that is made while it is sent: an asynchat producer, to be given to
 * {@link AsyncChat#pushWithProducer}. Serves one channel, once.
 * <p>
 * A producer that is {@link AutoCloseable} is closed when it is exhausted, has failed or
 * is dropped because its channel is closed.
 */
@FunctionalInterface
public interface Producer {

	/**
	 * Produce the next piece of output. Called by the loop, when the socket has taken
	 * what was produced before.
	 * @return the bytes to send, between position and limit, whose position the channel
	 * advances; a buffer with nothing remaining if this producer is exhausted. It belongs
	 * to the channel until this method is called again or the producer is dropped
	 * @throws Exception drops this producer and goes to {@code handleError} of the
	 * channel
	 */
	ByteBuffer more() throws Exception;

}
