/**
 * What the starter adds to the start of an application.
 */
@NullMarked
package io.asyncore.benchmark.startup;

import org.jspecify.annotations.NullMarked;
