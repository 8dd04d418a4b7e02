/** A chat, in a terminal or through a pipe. */
@NullMarked
package io.madeleine.cli.chat;

import org.jspecify.annotations.NullMarked;
