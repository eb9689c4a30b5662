/**
 * Auto-configuration of the health indicator.
 */
@NullMarked
package io.asyncore.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
