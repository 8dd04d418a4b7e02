/**
 * The command line: a chat in the terminal, the models that are here, and the history in and out.
 */
@NullMarked
package io.madeleine.cli;

import org.jspecify.annotations.NullMarked;
