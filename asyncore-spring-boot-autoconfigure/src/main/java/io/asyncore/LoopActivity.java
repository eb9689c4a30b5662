package io.asyncore;

import org.jspecify.annotations.Nullable;

/**
 * What a loop is doing at a moment.
 *
 * @param busyNanos how long the present pass has been at work since it has waited, in
 * nanoseconds; 0 while the loop waits, or is not running
 * @param hook which handler of which channel is running, the innermost one if it has
 * called others; {@code null} if none is
 * @param channel whose handler it is; {@code null} if it is a task of the loop, or none
 * is running
 * @param sequence changes whenever the loop calls the next handler or waits; handlers
 * that are called within another one do not count
 */
public record LoopActivity(long busyNanos, @Nullable Hook hook, @Nullable Dispatcher channel, long sequence) {

}
