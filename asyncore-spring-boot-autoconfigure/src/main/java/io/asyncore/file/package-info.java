/**
 * Files, pipes and devices, for which no selector can wait: threads read and write them.
 * What is public here is so for the packages of this library that stand above it, and not
 * for applications: it may change with any version.
 */
@NullMarked
package io.asyncore.file;

import org.jspecify.annotations.NullMarked;
