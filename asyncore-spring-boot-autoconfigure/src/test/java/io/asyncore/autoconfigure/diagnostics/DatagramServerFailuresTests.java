package io.asyncore.autoconfigure.diagnostics;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;

import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.FileDispatcher;
import io.asyncore.Loopback;
import io.asyncore.MulticastInterface;
import io.asyncore.ServerDispatcher;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.ServerOpenException;
import io.asyncore.context.ServerProtocol;
import io.asyncore.context.UnsuitableChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What an application says when it does not start because of a server for datagrams.
 */
class DatagramServerFailuresTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
		.withUserConfiguration(Unfit.class)
		.withPropertyValues("asyncore.servers.echo.protocol=udp", "asyncore.servers.echo.port=0");

	@Test
	void whenThePortIsTakenSaysSo() throws IOException {
		try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
			this.contextRunner
				.withPropertyValues("asyncore.servers.echo.address=127.0.0.1",
						"asyncore.servers.echo.port=" + taken.getLocalPort())
				.run((context) -> {
					FailureAnalysis analysis = analysis(context.getStartupFailure());
					assertThat(analysis.getDescription())
						.isEqualTo("Server 'echo' cannot listen on 127.0.0.1:" + taken.getLocalPort()
								+ " (property 'asyncore.servers.echo.port'): another socket is using it.");
					assertThat(analysis.getAction()).contains("0 takes any free port");
				});
		}
	}

	@Test
	void whenItCannotJoinAGroupSaysWhich() throws IOException {
		NetworkInterface interf = MulticastInterface.find();
		assumeThat(interf).as("a network interface that is up and supports multicast").isNotNull();
		this.contextRunner
			.withPropertyValues("asyncore.servers.echo.multicast.groups=ff15::4713",
					"asyncore.servers.echo.address=0.0.0.0",
					"asyncore.servers.echo.multicast.network-interface=" + interf.getName())
			.run((context) -> {
				FailureAnalysis analysis = analysis(context.getStartupFailure());
				assertThat(analysis.getDescription()).contains("'asyncore.servers.echo.multicast.groups'")
					.contains("Cannot join the multicast group ff15:0:0:0:0:0:0:4713");
				assertThat(analysis.getAction()).contains("asyncore.servers.echo.multicast.network-interface");
			});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"nothing | MISSING | there is no bean of that name | Define a bean 'nothing'",
			"text | OTHER_TYPE | that is no Dispatcher but a java.lang.String | a Dispatcher, best a DatagramDispatcher",
			"factory | OTHER_TYPE | that is no Dispatcher | 'echo', 'failing', 'plain', 'two'",
			"chat | FOR_STREAMS | for connections and not for datagrams | Make the bean 'chat'",
			"server | FOR_STREAMS | for connections and not for datagrams | Make the bean 'server'" })
	void whenTheBeanIsUnfitSaysWhy(String bean, UnsuitableChannelException.Reason reason, String description,
			String action) {
		this.contextRunner.withPropertyValues("asyncore.servers.echo.channel=" + bean).run((context) -> {
			UnsuitableChannelException failure = failure(context.getStartupFailure(), UnsuitableChannelException.class);
			assertThat(failure.getReason()).isEqualTo(reason);
			assertThat(failure.getProtocol()).isEqualTo(ServerProtocol.UDP);
			FailureAnalysis analysis = new UnsuitableChannelFailureAnalyzer().analyze(failure);
			assertThat(analysis.getDescription()).contains("'asyncore.servers.echo.channel'")
				.contains("to have its datagrams received by the bean '" + bean + "'")
				.contains(description);
			assertThat(analysis.getAction()).contains(action);
		});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"echo | FOR_DATAGRAMS | for datagrams and not for connections | Set 'asyncore.servers.lost.protocol' to 'udp'",
			"plain | NOT_A_PROTOTYPE | only one | set 'asyncore.servers.lost.protocol' to 'udp' if it is to receive datagrams",
			"file | OTHER_TYPE | neither a Dispatcher | Make the bean 'file' a Dispatcher with" })
	void whenTheProtocolIsForgottenSaysSo(String bean, UnsuitableChannelException.Reason reason, String description,
			String action) {
		this.contextRunner.withPropertyValues("asyncore.servers.lost.port=0", "asyncore.servers.lost.channel=" + bean)
			.run((context) -> {
				UnsuitableChannelException failure = failure(context.getStartupFailure(),
						UnsuitableChannelException.class);
				assertThat(failure.getReason()).isEqualTo(reason);
				FailureAnalysis analysis = new UnsuitableChannelFailureAnalyzer().analyze(failure);
				assertThat(analysis.getDescription()).contains(description);
				assertThat(analysis.getAction()).contains(action);
				assertThat(failure.getCandidates()).doesNotContain("echo", "file", "server");
			});
	}

	@Test
	void whenTwoServersHaveOneBeanSaysSo() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.two.protocol=udp", "asyncore.servers.two.port=0",
					"asyncore.servers.two.channel=echo")
			.run((context) -> {
				UnsuitableChannelException failure = failure(context.getStartupFailure(),
						UnsuitableChannelException.class);
				assertThat(failure.getReason()).isEqualTo(UnsuitableChannelException.Reason.TAKEN);
				assertThat(new UnsuitableChannelFailureAnalyzer().analyze(failure).getAction())
					.contains("Add @Scope(\"prototype\") to the bean 'echo'");
			});
	}

	@Test
	void whenItsHandleOpenFailsNothingIsLeft() {
		this.contextRunner.withPropertyValues("asyncore.servers.echo.channel=failing").run((context) -> {
			ServerOpenException failure = failure(context.getStartupFailure(), ServerOpenException.class);
			assertThat(failure).hasRootCauseMessage("told to fail");
		});
	}

	private static <T extends Throwable> T failure(Throwable failure, Class<T> type) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (type.isInstance(cause)) {
				return type.cast(cause);
			}
		}
		throw new AssertionError("No " + type.getSimpleName(), failure);
	}

	private static FailureAnalysis analysis(Throwable failure) {
		return new ServerOpenFailureAnalyzer().analyze(failure(failure, ServerOpenException.class));
	}

	@Configuration(proxyBeanMethods = false)
	static class Unfit {

		@Bean
		DatagramDispatcher echo() {
			return new DatagramDispatcher();
		}

		@Bean
		@Scope("prototype")
		Dispatcher two() {
			return new DatagramDispatcher();
		}

		@Bean
		Dispatcher plain() {
			return new Dispatcher();
		}

		@Bean
		FileDispatcher file() {
			return new FileDispatcher();
		}

		@Bean
		ChannelFactory factory() {
			return (socket, peer) -> new Dispatcher();
		}

		@Bean
		String text() {
			return "text";
		}

		@Bean
		AsyncChat chat() {
			return new AsyncChat() {

				@Override
				protected void foundTerminator() {
				}

			};
		}

		@Bean
		ServerDispatcher server(ChannelFactory factory, ChannelMap map) {
			return new ServerDispatcher(Loopback.anyPort(), factory, map);
		}

		@Bean
		Dispatcher failing() {
			return new Dispatcher() {

				@Override
				protected void handleOpen() {
					if (socket() != null) {
						throw new IllegalStateException("told to fail");
					}
				}

			};
		}

	}

}
