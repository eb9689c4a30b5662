/**
 * Three poetry servers and a client that listens to all of them at once.
 */
@NullMarked
package io.asyncore.demo.poetry;

import org.jspecify.annotations.NullMarked;
