package io.asyncore.benchmark.startup;

import java.io.IOException;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/**
 * An application with nothing but Spring Boot.
 */
@EnableAutoConfiguration
public class PlainApplication {

	public static void main(String[] args) throws IOException {
		Started.run(PlainApplication.class, args);
	}

}
