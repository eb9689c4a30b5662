/**
 * The passes of a loop: whom it asks, how it waits, what it delivers, tasks and timers.
 * What is public here is so for the packages of this library that stand above it, and not
 * for applications: it may change with any version.
 */
@NullMarked
package io.asyncore.loop;

import org.jspecify.annotations.NullMarked;
