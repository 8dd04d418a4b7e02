/**
 * Keys and values of a span at rest: cut out of a cache, turned back before rotation, written down
 * with everything that decides whether they may be used again.
 *
 * <p>A stored span never changes. Its id is the hash of what it is and of all tokens before it; its
 * header names model, tokenizer, rotation, codec, tenant and version, and a span that does not
 * match them, or its checksum, is refused.
 */
@NullMarked
package io.madeleine.memory.store;

import org.jspecify.annotations.NullMarked;
