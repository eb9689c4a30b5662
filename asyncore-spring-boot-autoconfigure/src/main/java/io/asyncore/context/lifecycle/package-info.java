/**
 * Threads that run loops, and how these come to their end in time whatever their handlers
 * do. What is public here is so for the package above it, and not for applications: it
 * may change with any version.
 */
@NullMarked
package io.asyncore.context.lifecycle;

import org.jspecify.annotations.NullMarked;
