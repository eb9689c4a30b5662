/**
 * The echo servers that are compared: each class is a program of its own.
 */
@NullMarked
package io.asyncore.benchmark.server;

import org.jspecify.annotations.NullMarked;
