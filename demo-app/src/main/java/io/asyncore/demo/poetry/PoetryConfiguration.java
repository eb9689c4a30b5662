package io.asyncore.demo.poetry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.asyncore.ChannelFactory;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.Resource;

/**
 * The channels of the servers {@code poetry1} to {@code poetry3}: one class, three poems.
 * A {@link ChannelFactory} is the way to make channels that differ in more than what can
 * be injected.
 */
@Configuration(proxyBeanMethods = false)
class PoetryConfiguration {

	private final Duration interval;

	PoetryConfiguration(@Value("${demo.poetry.interval}") Duration interval) {
		this.interval = interval;
	}

	@Bean
	ChannelFactory poetry1(@Value("classpath:poems/wind.txt") Resource poem) throws IOException {
		return reading(poem);
	}

	@Bean
	ChannelFactory poetry2(@Value("classpath:poems/nobody.txt") Resource poem) throws IOException {
		return reading(poem);
	}

	@Bean
	ChannelFactory poetry3(@Value("classpath:poems/tyger.txt") Resource poem) throws IOException {
		return reading(poem);
	}

	private ChannelFactory reading(Resource poem) throws IOException {
		String text = poem.getContentAsString(StandardCharsets.UTF_8);
		return (socket, peer) -> new PoetryChannel(socket, text, this.interval);
	}

}
