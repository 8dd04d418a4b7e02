/**
 * OpenAI's protocol as data: what a request may say and how it is read, what goes out, and refusals
 * in the protocol's shape.
 *
 * <p>Knows no model and no memory.
 */
@NullMarked
package io.madeleine.server.openai.protocol;

import org.jspecify.annotations.NullMarked;
