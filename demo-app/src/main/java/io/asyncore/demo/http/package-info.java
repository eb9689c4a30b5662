/**
 * An HTTP server: frames that end by a terminator or by their length.
 */
@NullMarked
package io.asyncore.demo.http;

import org.jspecify.annotations.NullMarked;
