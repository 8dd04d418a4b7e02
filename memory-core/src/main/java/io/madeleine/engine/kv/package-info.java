/**
 * Keys and values at rest: per layer and KV head a list of pages of 16 tokens, each slot with the
 * position its key is rotated to.
 *
 * <p>Pages are reference-counted and copied on write, so a fork of a conversation, or a system
 * prompt shared by many, is stored once. Heads of different length are normal: compression keeps
 * other tokens in every head. Nothing here decides what to keep.
 */
@NullMarked
package io.madeleine.engine.kv;

import org.jspecify.annotations.NullMarked;
