/**
 * Text to token ids and back, and the messages of a chat in the words of a model family.
 *
 * <p>In: text, or the messages of a dialogue. Out: token ids. Knows no file format and no model.
 */
@NullMarked
package io.madeleine.engine.token;

import org.jspecify.annotations.NullMarked;
