/**
 * Keys and values as bytes: exact, rounded, grouped, or coded against their neighbours.
 *
 * <p>In and out: one head's keys before rotation and its values, as plain arrays. A codec knows no
 * cache, no file and no policy; what it says of its error holds for every input.
 */
@NullMarked
package io.madeleine.memory.codec;

import org.jspecify.annotations.NullMarked;
