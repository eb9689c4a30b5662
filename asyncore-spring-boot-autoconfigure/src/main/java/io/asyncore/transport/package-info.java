/**
 * Bytes and readiness: sockets, pollers, and what is changed between them and a channel.
 * What is public here is so for the packages of this library that stand above it, and not
 * for applications: it may change with any version.
 */
@NullMarked
package io.asyncore.transport;

import org.jspecify.annotations.NullMarked;
