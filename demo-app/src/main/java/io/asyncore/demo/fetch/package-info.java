/**
 * A basic HTTP client: a dispatcher that connects.
 */
@NullMarked
package io.asyncore.demo.fetch;

import org.jspecify.annotations.NullMarked;
