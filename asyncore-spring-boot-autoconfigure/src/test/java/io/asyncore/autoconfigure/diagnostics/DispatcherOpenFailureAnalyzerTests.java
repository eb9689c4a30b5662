package io.asyncore.autoconfigure.diagnostics;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;

import io.asyncore.AddressUnavailableException;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.context.DispatcherOpenException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link DispatcherOpenFailureAnalyzer}.
 */
@ExtendWith(OutputCaptureExtension.class)
class DispatcherOpenFailureAnalyzerTests {

	@Test
	void whenPortIsTakenTheApplicationReportsBeanAndAddress(CapturedOutput output) throws IOException {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			SpringApplication application = new SpringApplication(Application.class);
			application.setWebApplicationType(WebApplicationType.NONE);
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> application.run("--port=" + taken.getLocalPort()));
			assertThat(output).contains("APPLICATION FAILED TO START")
				.contains("'server'")
				.contains(":" + taken.getLocalPort())
				.contains("another socket is using it");
		}
	}

	@Test
	void whenPortIsTakenNamesIt() {
		FailureAnalysis analysis = analyze(new InetSocketAddress("127.0.0.1", 7007), "Address already in use");
		assertThat(analysis.getDescription()).contains("'server'", "127.0.0.1:7007", "another socket is using it");
		assertThat(analysis.getAction()).contains("Stop the process", "127.0.0.1:7007");
	}

	@Test
	void whenPortIsPrivilegedSaysSo() {
		FailureAnalysis analysis = analyze(new InetSocketAddress("127.0.0.1", 80), "Permission denied");
		assertThat(analysis.getDescription()).contains("127.0.0.1:80", "need a privilege");
		assertThat(analysis.getAction()).contains("1024");
	}

	@Test
	void whenPrivilegedPortIsTakenSaysThatItIsTaken() {
		FailureAnalysis analysis = analyze(new InetSocketAddress("127.0.0.1", 80), "Address already in use");
		assertThat(analysis.getDescription()).contains("another socket is using it");
	}

	@Test
	void whenAddressIsForeignSaysSo() {
		// a documentation address, RFC 5737
		FailureAnalysis analysis = analyze(new InetSocketAddress("192.0.2.1", 7007), "Cannot assign requested address");
		assertThat(analysis.getDescription()).contains("192.0.2.1:7007", "does not belong to this machine");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "UNKNOWN | there is a file of that name | delete the file",
					"IN_USE | another process is listening on it | Stop the process that is listening",
					"NOT_A_SOCKET | a file of that name that is no socket | can be deleted",
					"NO_DIRECTORY | its directory does not exist | a directory that exists",
					"READ_ONLY_DIRECTORY | may not be written to | may be written to",
					"TOO_LONG | the path is too long | less than 100 bytes" })
	void whenASocketFileCannotBeHadSaysWhy(AddressUnavailableException.Reason reason, String description,
			String action) {
		FailureAnalysis analysis = analyze(new AddressUnavailableException(UnixDomainSocketAddress.of("/run/s"), reason,
				new IOException("no way")));
		assertThat(analysis.getDescription()).contains("the address /run/s", description);
		assertThat(analysis.getAction()).contains("'server'", "/run/s", action);
	}

	@Test
	void whenSomethingElseHasFailedSaysNothing() {
		DispatcherOpenException failure = new DispatcherOpenException("server", new Dispatcher(new ChannelMap()),
				new IOException("no way"));
		assertThat(new DispatcherOpenFailureAnalyzer().analyze(failure)).isNull();
	}

	private static FailureAnalysis analyze(InetSocketAddress address, String message) {
		return analyze(new AddressUnavailableException(address, new BindException(message)));
	}

	private static FailureAnalysis analyze(AddressUnavailableException cause) {
		DispatcherOpenException failure = new DispatcherOpenException("server", new Dispatcher(new ChannelMap()),
				cause);
		FailureAnalysis analysis = new DispatcherOpenFailureAnalyzer().analyze(failure);
		return requireAnalysis(analysis);
	}

	private static FailureAnalysis requireAnalysis(@Nullable FailureAnalysis analysis) {
		assertThat(analysis).isNotNull();
		return analysis;
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(AsyncoreAutoConfiguration.class)
	static class Application {

		@Bean
		Dispatcher server(Environment environment) {
			int port = environment.getRequiredProperty("port", Integer.class);
			return new Dispatcher() {

				@Override
				protected void handleOpen() throws IOException {
					createSocket();
					bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
					listen(1);
				}

			};
		}

	}

}
