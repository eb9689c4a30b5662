/**
 * Servers to run and to talk to with {@code nc}.
 */
@NullMarked
package io.asyncore.demo;

import org.jspecify.annotations.NullMarked;
