/**
 * Health of event loops.
 */
@NullMarked
package io.asyncore.health;

import org.jspecify.annotations.NullMarked;
