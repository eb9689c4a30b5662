package io.asyncore.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that is run in many {@linkplain Simulation simulations}, each with a seed of its
 * own, and has one as its parameter.
 *
 * <pre>{@code
 * &#64;SimulationTest(seeds = 500)
 * void resetInTheMiddleOfAFrame(Simulation simulation) {
 *	// ...
 * }
 * }</pre>
 *
 * What fails says with which seed, and what had happened. To have only that one again,
 * set the system property {@code asyncore.simulation.seed}, or {@link #first()} and one
 * of {@link #seeds()}. Needs JUnit Jupiter.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(SimulationExtension.class)
public @interface SimulationTest {

	/**
	 * How many simulations there are.
	 * @return the number, at least 1
	 */
	int seeds() default 100;

	/**
	 * The seed of the first one, from which on they follow one another.
	 * @return the seed
	 */
	long first() default 1;

}
