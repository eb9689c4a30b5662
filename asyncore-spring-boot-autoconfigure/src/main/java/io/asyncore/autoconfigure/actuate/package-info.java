/**
 * Auto-configuration of the Actuator endpoint.
 */
@NullMarked
package io.asyncore.autoconfigure.actuate;

import org.jspecify.annotations.NullMarked;
