/**
 * One question to one state of the index: which documents to look at, and what they are, in
 * columns.
 */
@NullMarked
package io.madeleine.memory.index.match;

import org.jspecify.annotations.NullMarked;
