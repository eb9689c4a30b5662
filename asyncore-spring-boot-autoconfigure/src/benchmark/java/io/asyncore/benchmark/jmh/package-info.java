/**
 * Measures parts of the library, without a network where that is possible.
 */
@NullMarked
package io.asyncore.benchmark.jmh;

import org.jspecify.annotations.NullMarked;
