/**
 * What an operator sees of the loops, servers and channels, over Spring Boot's Actuator.
 */
@NullMarked
package io.asyncore.actuate;

import org.jspecify.annotations.NullMarked;
