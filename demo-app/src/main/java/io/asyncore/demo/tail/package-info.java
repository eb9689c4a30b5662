/**
 * The lines of a named pipe for everybody who listens: a file in the loop.
 */
@NullMarked
package io.asyncore.demo.tail;

import org.jspecify.annotations.NullMarked;
