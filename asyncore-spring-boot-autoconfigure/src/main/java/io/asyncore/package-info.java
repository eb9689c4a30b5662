/**
 * Event-driven sockets after Python's {@code asyncore}: one loop serves every dispatcher
 * of a map.
 */
@NullMarked
package io.asyncore;

import org.jspecify.annotations.NullMarked;
