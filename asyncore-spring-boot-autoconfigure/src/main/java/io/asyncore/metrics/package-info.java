/**
 * Micrometer meters of event loops.
 */
@NullMarked
package io.asyncore.metrics;

import org.jspecify.annotations.NullMarked;
