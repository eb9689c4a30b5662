/**
 * What tests of servers need: a scripted client, and the ports of the servers of a test's
 * application.
 */
@NullMarked
package io.asyncore.test;

import org.jspecify.annotations.NullMarked;
