/**
 * The event loop and the dispatchers as beans of a Spring application context.
 */
@NullMarked
package io.asyncore.context;

import org.jspecify.annotations.NullMarked;
