/**
 * Auto-configuration of the observations.
 */
@NullMarked
package io.asyncore.autoconfigure.observation;

import org.jspecify.annotations.NullMarked;
