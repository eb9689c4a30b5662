/**
 * Why an application does not start, and what to do about it. What is public here is so
 * for the auto-configuration, and not for applications: it may change with any version.
 */
@NullMarked
package io.asyncore.autoconfigure.diagnostics;

import org.jspecify.annotations.NullMarked;
