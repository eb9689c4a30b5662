/**
 * A world in which applications run instead of this one: a network below the JDK's own
 * channels and selectors, and a clock, that do what a seed says. One thread runs all of
 * it, so that the same seed gives the same run.
 * <p>
 * Not for applications: they use it by {@code io.asyncore.test.Simulation}.
 */
@NullMarked
package io.asyncore.simulation;

import org.jspecify.annotations.NullMarked;
