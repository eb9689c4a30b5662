/**
 * Something to watch: events in the log, and a handler that holds up the loop.
 */
@NullMarked
package io.asyncore.demo.watch;

import org.jspecify.annotations.NullMarked;
