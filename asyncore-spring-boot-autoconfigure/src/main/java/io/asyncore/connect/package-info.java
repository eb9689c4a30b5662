/**
 * Ways to a peer: names, addresses, attempts. What is public here is so for the packages
 * of this library that stand above it, and not for applications: it may change with any
 * version.
 */
@NullMarked
package io.asyncore.connect;

import org.jspecify.annotations.NullMarked;
