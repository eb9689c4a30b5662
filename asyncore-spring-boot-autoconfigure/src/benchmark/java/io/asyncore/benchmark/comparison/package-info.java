/**
 * Compares the servers: starts them, puts them under load in turns, and reports.
 */
@NullMarked
package io.asyncore.benchmark.comparison;

import org.jspecify.annotations.NullMarked;
