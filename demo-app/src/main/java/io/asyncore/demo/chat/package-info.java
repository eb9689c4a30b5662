/**
 * A chat room: one channel makes others send.
 */
@NullMarked
package io.asyncore.demo.chat;

import org.jspecify.annotations.NullMarked;
