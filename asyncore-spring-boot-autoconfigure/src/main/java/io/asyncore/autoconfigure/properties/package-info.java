/**
 * What is set below {@code asyncore}: whether it has an effect as it is written, and what
 * is meant if it has none. What is public here is so for the auto-configuration, and not
 * for applications: it may change with any version.
 */
@NullMarked
package io.asyncore.autoconfigure.properties;

import org.jspecify.annotations.NullMarked;
