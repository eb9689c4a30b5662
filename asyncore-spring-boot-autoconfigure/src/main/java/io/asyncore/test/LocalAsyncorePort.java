package io.asyncore.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.beans.factory.annotation.Value;

/**
 * Injects the real port of a server into a field, a parameter of the constructor or a
 * parameter of a method of a test that has an application context, by
 * {@code @SpringBootTest} for instance.
 *
 * <pre>
 * &#064;SpringBootTest(properties = "asyncore.servers.echo.port=0")
 * class EchoTests {
 *
 *	&#064;Test
 *	void echoes(&#064;LocalAsyncorePort("echo") int port) {
 *		// talks to the server of asyncore.servers.echo
 *	}
 *
 * }</pre>
 */
@Target({ ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Value("")
public @interface LocalAsyncorePort {

	/**
	 * Return the server, as in {@code asyncore.servers.<name>}.
	 * @return its name
	 */
	String value();

}
