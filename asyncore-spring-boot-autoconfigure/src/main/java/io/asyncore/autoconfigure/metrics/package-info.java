/**
 * Auto-configuration of the meters.
 */
@NullMarked
package io.asyncore.autoconfigure.metrics;

import org.jspecify.annotations.NullMarked;
