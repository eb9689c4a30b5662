/**
 * Auto-configuration for Spring Boot.
 */
@NullMarked
package io.asyncore.autoconfigure;

import org.jspecify.annotations.NullMarked;
