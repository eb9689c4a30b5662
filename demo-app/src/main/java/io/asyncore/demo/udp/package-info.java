/**
 * The echo server for datagrams: one channel for all who send.
 */
@NullMarked
package io.asyncore.demo.udp;

import org.jspecify.annotations.NullMarked;
