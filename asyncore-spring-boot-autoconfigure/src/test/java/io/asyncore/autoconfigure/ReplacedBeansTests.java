package io.asyncore.autoconfigure;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.Loopback;
import io.asyncore.ServerDispatcher;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.LoopState;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.clearInvocations;
import static org.mockito.Mockito.timeout;
import static org.mockito.Mockito.verify;

/**
 * Dispatcher beans in whose place a test has put mocks or spies.
 */
class ReplacedBeansTests {

	private static final int BOUND = (int) Loopback.BOUND.toMillis();

	// or each call of any dispatcher would make garbage from now on, which others measure
	@AfterAll
	static void leaveClassesAsTheyWere() {
		Mockito.framework().clearInlineMocks();
		Mockito.clearAllCaches();
	}

	private void send(int port, String text) throws IOException {
		byte[] data = text.getBytes(StandardCharsets.US_ASCII);
		try (DatagramSocket socket = new DatagramSocket()) {
			socket.send(new DatagramPacket(data, data.length, InetAddress.getLoopbackAddress(), port));
		}
	}

	@Nested
	@ReplacedBeansTest
	class Mocks {

		@MockitoBean
		Listener listener;

		@MockitoBean
		Server server;

		@MockitoBean
		Lines lines;

		@MockitoBean
		Datagrams datagrams;

		@MockitoBean
		ChannelFactory factory;

		@Autowired
		ChannelMap map;

		@Autowired
		EventLoopLifecycle lifecycle;

		@Test
		void areLeftOut(@LocalAsyncorePort("lines") int lines, @LocalAsyncorePort("factory") int factory,
				@LocalAsyncorePort("datagrams") int datagrams) throws IOException {
			// of the three servers, that of the datagrams without a bean
			assertThat(this.map.channels()).hasSize(3).allMatch((channel) -> channel.localAddress() != null);
			ScriptedClient.connect(lines).expectEnd().close();
			ScriptedClient.connect(factory).expectEnd().close();
			send(datagrams, "dropped");
			assertThat(this.lifecycle.state(Loopback.BOUND)).isEqualTo(LoopState.RUNNING);
		}

	}

	@Nested
	@ReplacedBeansTest
	class Spies {

		@MockitoSpyBean
		Listener listener;

		@MockitoSpyBean
		Server server;

		@MockitoSpyBean
		Lines lines;

		@MockitoSpyBean
		Datagrams datagrams;

		@MockitoSpyBean
		ChannelFactory factory;

		@Autowired
		ChannelMap map;

		@Test
		void areServed() throws Exception {
			assertThat(this.listener.accepting()).isTrue();
			assertThat(this.map.contains(this.listener)).isTrue();
			assertThat(this.map.channels()).contains(this.listener, this.server, this.datagrams);
			try (ScriptedClient client = ScriptedClient.connect(Loopback.port(this.listener))) {
				client.expectEnd();
			}
			verify(this.listener, timeout(BOUND)).handleAccepted(any(), any());
			assertThat(this.listener.channelName()).isEqualTo("listener");
		}

		@Test
		void canBeStubbed() throws Exception {
			willAnswer((call) -> {
				call.<SocketChannel>getArgument(0).write(ByteBuffer.wrap("stub\n".getBytes(StandardCharsets.US_ASCII)));
				return call.callRealMethod();
			}).given(this.listener).handleAccepted(any(), any());
			try (ScriptedClient client = ScriptedClient.connect(Loopback.port(this.listener))) {
				client.expectLine("stub").expectEnd();
			}
		}

		@Test
		void ofServersAreCalledForConnections() throws Exception {
			try (ScriptedClient client = ScriptedClient.connect(Loopback.port(this.server))) {
				client.send("hello\n").expectLine("hello");
			}
			verify(this.server, timeout(BOUND)).handleAccepted(any(), any());
		}

		@Test
		void ofChannelsHaveTheirConnectionsOneAfterTheOther(@LocalAsyncorePort("lines") int port) throws Exception {
			for (int i = 0; i < 2; i++) {
				try (ScriptedClient client = ScriptedClient.connect(port)) {
					client.send("one\ntwo\n").expectLine("one 1").expectLine("two 2");
					verify(this.lines, timeout(BOUND)).foundTerminator("one");
					// there is no other one for it
					ScriptedClient.connect(port).expectEnd().close();
				}
				await().atMost(Loopback.BOUND).until(this.lines::closed);
				this.lines.count = 0;
				clearInvocations(this.lines);
			}
		}

		@Test
		void ofDatagramsReceiveThem(@LocalAsyncorePort("datagrams") int port) throws Exception {
			send(port, "hello");
			verify(this.datagrams, timeout(BOUND)).handleDatagram(any(), any());
			await().atMost(Loopback.BOUND).untilAsserted(() -> assertThat(this.datagrams.last).isEqualTo("hello"));
		}

		@Test
		void ofFactoriesAreAsked(@LocalAsyncorePort("factory") int port) throws Exception {
			try (ScriptedClient client = ScriptedClient.connect(port)) {
				client.send("hello\n").expectLine("hello");
			}
			verify(this.factory).create(any(), any());
		}

	}

	@SpringBootTest(classes = Application.class, webEnvironment = SpringBootTest.WebEnvironment.NONE,
			properties = { "asyncore.servers.lines.port=0", "asyncore.servers.datagrams.port=0",
					"asyncore.servers.datagrams.protocol=udp", "asyncore.servers.factory.port=0" })
	@DirtiesContext
	@Target(ElementType.TYPE)
	@Retention(RetentionPolicy.RUNTIME)
	@interface ReplacedBeansTest {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Listener listener() {
			return new Listener();
		}

		@Bean
		Server server() {
			return new Server();
		}

		@Bean
		@Scope("prototype")
		Lines lines() {
			return new Lines();
		}

		@Bean
		Datagrams datagrams() {
			return new Datagrams();
		}

		@Bean
		ChannelFactory factory() {
			return new EchoFactory();
		}

	}

	static class EchoFactory implements ChannelFactory {

		@Override
		public Dispatcher create(SocketChannel socket, SocketAddress peer) throws IOException {
			return new Echo(socket);
		}

	}

	static class Echo extends DispatcherWithSend {

		Echo(SocketChannel socket) throws IOException {
			super(socket);
		}

		@Override
		protected void handleRead() throws IOException {
			send(recv(100));
		}

	}

	static class Server extends ServerDispatcher {

		Server() {
			super(Loopback.anyPort(), new EchoFactory());
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
			super.handleAccepted(socket, address);
		}

	}

	static class Listener extends Dispatcher {

		@Override
		protected void handleOpen() throws IOException {
			createSocket();
			bind(Loopback.anyPort());
			listen(5);
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
			socket.close();
		}

	}

	static class Lines extends AsyncChat {

		volatile int count;

		Lines() {
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			foundTerminator(takeIncoming(StandardCharsets.UTF_8));
		}

		void foundTerminator(String line) {
			push(line + " " + ++this.count + "\n");
		}

	}

	static class Datagrams extends DatagramDispatcher {

		volatile String last;

		@Override
		protected void handleDatagram(ByteBuffer data, SocketAddress sender) {
			this.last = StandardCharsets.US_ASCII.decode(data).toString();
		}

	}

}
