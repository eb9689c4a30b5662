/**
 * Line, length and delimiter framed protocols on the event loop, in the manner of
 * asynchat.
 */
@NullMarked
package io.asyncore.chat;

import org.jspecify.annotations.NullMarked;
