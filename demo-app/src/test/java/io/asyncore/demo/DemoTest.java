package io.asyncore.demo;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/**
 * A test of the whole application, with all its servers at free ports and paths.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT,
		properties = { "asyncore.servers.echo.port=0", "asyncore.servers.http.port=0",
				"asyncore.servers.forwarder.port=0", "asyncore.servers.poetry1.port=0",
				"asyncore.servers.poetry2.port=0", "asyncore.servers.poetry3.port=0", "asyncore.servers.chat.port=0",
				"asyncore.servers.udpEcho.port=0", "asyncore.servers.tail.port=0", "asyncore.servers.process.port=0",
				"asyncore.servers.unixEcho.unix-path=${java.io.tmpdir}/asyncore-${random.int(1000000000)}.sock",
				"demo.tail.fifo=", "demo.poetry.interval=10ms" })
public @interface DemoTest {

}
