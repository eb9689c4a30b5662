/**
 * Bytes that wait to be sent: the blocks they are copied to, and their order. What is
 * public here is so for the packages of this library that stand above it, and not for
 * applications: it may change with any version.
 */
@NullMarked
package io.asyncore.output;

import org.jspecify.annotations.NullMarked;
