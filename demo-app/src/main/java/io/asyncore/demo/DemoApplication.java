package io.asyncore.demo;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * The demo application.
 */
@SpringBootApplication
public class DemoApplication {

	/**
	 * Run the application until it is told to stop.
	 * @param args properties, such as {@code --asyncore.servers.echo.port=7008}
	 */
	public static void main(String[] args) {
		SpringApplication.run(DemoApplication.class, args);
	}

}
