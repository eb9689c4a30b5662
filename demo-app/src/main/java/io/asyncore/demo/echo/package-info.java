/**
 * The echo server: back-pressure by {@code readable()}.
 */
@NullMarked
package io.asyncore.demo.echo;

import org.jspecify.annotations.NullMarked;
