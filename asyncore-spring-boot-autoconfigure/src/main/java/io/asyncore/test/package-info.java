/**
 * What tests of servers and clients need: a scripted peer, the ports of the servers of a
 * test's application, and a simulated world in which to run channels.
 */
@NullMarked
package io.asyncore.test;

import org.jspecify.annotations.NullMarked;
