/**
 * A program per connection: a child process in the loop.
 */
@NullMarked
package io.asyncore.demo.process;

import org.jspecify.annotations.NullMarked;
