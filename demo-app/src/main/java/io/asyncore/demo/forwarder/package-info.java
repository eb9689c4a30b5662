/**
 * A port forwarder: two channels that feed each other.
 */
@NullMarked
package io.asyncore.demo.forwarder;

import org.jspecify.annotations.NullMarked;
