package io.asyncore.benchmark.server;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.serializer.Deserializer;
import org.springframework.core.serializer.Serializer;
import org.springframework.integration.config.EnableIntegration;
import org.springframework.integration.ip.IpHeaders;
import org.springframework.integration.ip.tcp.connection.TcpConnection;
import org.springframework.integration.ip.tcp.connection.TcpNioServerConnectionFactory;
import org.springframework.integration.ip.tcp.connection.TcpSender;
import org.springframework.integration.ip.tcp.serializer.SoftEndOfStreamException;
import org.springframework.messaging.Message;

/**
 * The non-blocking server of Spring Integration, without channels and endpoints around
 * it: what a listener of its connections receives is sent back. The argument is the
 * length of a message, so that nothing has to be looked for in the input.
 */
public final class IntegrationServer {

	private static final long NAP_MILLIS = 10;

	private IntegrationServer() {
	}

	public static void main(String[] args) throws Exception {
		Control control = new Control();
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(Application.class);
		context.registerBean(Frames.class, () -> new Frames(Integer.parseInt(args[0])));
		context.refresh();
		TcpNioServerConnectionFactory factory = context.getBean(TcpNioServerConnectionFactory.class);
		factory.start();
		while (!factory.isListening()) {
			Thread.sleep(NAP_MILLIS);
		}
		control.listening(factory.getPort());
	}

	/**
	 * The application.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableIntegration
	static class Application {

		@Bean
		TcpNioServerConnectionFactory server(Frames frames) {
			Connections connections = new Connections();
			TcpNioServerConnectionFactory factory = new TcpNioServerConnectionFactory(0);
			factory.setLocalAddress("127.0.0.1");
			factory.setBacklog(Control.BACKLOG);
			factory.setSoTcpNoDelay(true);
			factory.setDeserializer(frames);
			factory.setSerializer(frames);
			factory.registerSender(connections);
			factory.registerListener(connections::echo);
			return factory;
		}

	}

	/**
	 * Knows the connections by the name that is in the header of a message.
	 */
	private static final class Connections implements TcpSender {

		private final Map<Object, TcpConnection> open = new ConcurrentHashMap<>();

		@Override
		public void addNewConnection(TcpConnection connection) {
			this.open.put(connection.getConnectionId(), connection);
		}

		@Override
		public void removeDeadConnection(TcpConnection connection) {
			this.open.remove(connection.getConnectionId());
		}

		void echo(Message<?> message) {
			Object id = message.getHeaders().get(IpHeaders.CONNECTION_ID);
			TcpConnection connection = (id != null) ? this.open.get(id) : null;
			if (connection != null) {
				connection.send(message);
			}
		}

	}

	record Frames(int size) implements Serializer<Object>, Deserializer<byte[]> {

		@Override
		public byte[] deserialize(InputStream input) throws IOException {
			byte[] message = input.readNBytes(this.size);
			if (message.length == 0) {
				throw new SoftEndOfStreamException("The connection has been closed");
			}
			if (message.length < this.size) {
				throw new EOFException("The connection has been closed within a message");
			}
			return message;
		}

		@Override
		public void serialize(Object message, OutputStream output) throws IOException {
			output.write((byte[]) message);
		}

	}

}
