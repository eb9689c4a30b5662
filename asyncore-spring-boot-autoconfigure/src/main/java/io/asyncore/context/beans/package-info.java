/**
 * What a bean factory has of dispatchers, and whether it can make more of them. What is
 * public here is so for the packages of this library that stand above it, and not for
 * applications: it may change with any version.
 */
@NullMarked
package io.asyncore.context.beans;

import org.jspecify.annotations.NullMarked;
