package io.asyncore.demo;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/**
 * A test of the whole application, with all its servers at free ports.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "asyncore.servers.echo.port=0", "asyncore.servers.http.port=0",
				"asyncore.servers.forwarder.port=0", "asyncore.servers.poetry1.port=0",
				"asyncore.servers.poetry2.port=0", "asyncore.servers.poetry3.port=0", "asyncore.servers.chat.port=0",
				"demo.poetry.interval=10ms" })
public @interface DemoTest {

}
