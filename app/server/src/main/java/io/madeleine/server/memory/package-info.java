/**
 * What is remembered, over HTTP: conversations, turns, episodes, what a turn cost, forgetting.
 *
 * <p>Everything is of the caller's tenant; a conversation of another tenant is as if it did not
 * exist.
 */
@NullMarked
package io.madeleine.server.memory;

import org.jspecify.annotations.NullMarked;
