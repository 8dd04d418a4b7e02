/** What is told as it happens, in server-sent events. */
@NullMarked
package io.madeleine.server.events;

import org.jspecify.annotations.NullMarked;
