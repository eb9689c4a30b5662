package io.asyncore.benchmark.startup;

import java.io.IOException;

import io.asyncore.ChannelFactory;
import io.asyncore.DispatcherWithSend;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * An application with one server.
 */
@EnableAutoConfiguration
public class ServerApplication {

	public static void main(String[] args) throws IOException {
		Started.run(ServerApplication.class, args);
	}

	@Bean
	ChannelFactory echo() {
		return (socket, peer) -> new DispatcherWithSend();
	}

}
