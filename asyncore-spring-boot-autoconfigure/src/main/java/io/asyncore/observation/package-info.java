/**
 * Micrometer observations of handlers.
 */
@NullMarked
package io.asyncore.observation;

import org.jspecify.annotations.NullMarked;
