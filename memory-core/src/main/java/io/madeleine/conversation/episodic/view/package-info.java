/**
 * What a topic keeps of its episodes: an index into stored spans, made block by block with the
 * topic's own words.
 */
@NullMarked
package io.madeleine.conversation.episodic.view;

import org.jspecify.annotations.NullMarked;
