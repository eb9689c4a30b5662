/**
 * The benchmarks: {@link io.asyncore.benchmark.Benchmarks} runs them.
 */
@NullMarked
package io.asyncore.benchmark;

import org.jspecify.annotations.NullMarked;
