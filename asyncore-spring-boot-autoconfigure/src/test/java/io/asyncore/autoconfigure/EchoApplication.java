package io.asyncore.autoconfigure;

import java.nio.charset.StandardCharsets;

import io.asyncore.EventLoop;
import io.asyncore.ExitNow;
import io.asyncore.Gate;
import io.asyncore.LoopMonitor;
import io.asyncore.Loopback;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.Servers;
import io.asyncore.test.ScriptedClient;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application with a server that sends back each line, but for those that tell it to
 * do something.
 */
@Configuration(proxyBeanMethods = false)
public class EchoApplication {

	/** Makes the server listen. */
	public static final String PORT = "asyncore.servers.echo.port=0";

	/** Makes a child of the application have a server of its own. */
	public static final String[] CHILD = { "asyncore.servers.child.port=0", "asyncore.servers.child.channel=echo" };

	/**
	 * Return what runs this application with some auto-configurations besides that of the
	 * loop.
	 */
	public static ApplicationContextRunner runner(Class<?>... autoConfigurations) {
		return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
			.withConfiguration(AutoConfigurations.of(autoConfigurations))
			.withUserConfiguration(EchoApplication.class)
			.withPropertyValues(PORT);
	}

	public static int port(ApplicationContext context) {
		return port(context, "echo");
	}

	private static int port(ApplicationContext context, String server) {
		return Loopback.port(context.getBean(Servers.class).all().get(server));
	}

	public static ScriptedClient client(ApplicationContext context) {
		return ScriptedClient.connect(port(context));
	}

	/**
	 * Connect, and exchange a line, so that the connection is known to be in service.
	 */
	public static ScriptedClient servedClient(ApplicationContext context) {
		return servedClient(context, "echo");
	}

	public static ScriptedClient servedClient(ApplicationContext context, String server) {
		return ScriptedClient.connect(port(context, server)).send("hello\n").expectLine("hello");
	}

	/**
	 * Wait until the loop has done all it has to do, and waits itself.
	 */
	public static void awaitIdle(ApplicationContext context) {
		LoopMonitor monitor = context.getBean(EventLoop.class).monitor();
		long end = System.nanoTime() + Loopback.BOUND.toNanos();
		while (monitor.activity().busyNanos() > 0) {
			assertThat(System.nanoTime() - end).isNegative();
			Thread.onSpinWait();
		}
	}

	@Bean(destroyMethod = "close")
	Gate gate() {
		return new Gate();
	}

	@Bean
	@Scope("prototype")
	Echo echo(Gate gate) {
		return new Echo(gate);
	}

	/**
	 * Sends back each line.
	 */
	public static class Echo extends AsyncChat {

		private final Gate gate;

		Echo(Gate gate) {
			this.gate = gate;
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			String line = takeIncoming(StandardCharsets.UTF_8);
			switch (line) {
				case "hold" -> this.gate.pass();
				case "offload" -> offload(() -> Thread.currentThread().getName(), (thread) -> push(thread + "\n"));
				case "hold elsewhere" -> offload(this.gate::pass);
				case "fail" -> throw new IllegalStateException("told to fail");
				case "exit" -> throw new ExitNow();
				case "stop" -> loop().stop();
				case "close" -> close();
				default -> push(line + "\n");
			}
		}

		private EventLoop loop() {
			return map().eventLoop();
		}

	}

}
