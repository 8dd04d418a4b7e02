/**
 * The part of the Jinja language that chat templates are written in.
 *
 * <p>In: a template out of a model file, and variables as {@link io.madeleine.engine.json.Json}.
 * Out: the text, character for character what Python's Jinja gives with the settings of Hugging
 * Face's {@code apply_chat_template} (blocks trimmed and left-stripped). What it does not know it
 * refuses by name and position, when the template is read. A model file may be hostile: steps,
 * characters made, read and compared, and depth are bounded. Knows no chats and no models.
 */
@NullMarked
package io.madeleine.engine.template;

import org.jspecify.annotations.NullMarked;
