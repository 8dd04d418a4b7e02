/**
 * The OpenAI protocol: what every existing client speaks.
 *
 * <p>In: their JSON. Out: their JSON, their event stream, their errors. What a local model cannot
 * do is refused with the parameter's name, never ignored in silence. What clients send unasked and
 * no chat template has a place for is let pass: {@code name} of a message, {@code store}, {@code
 * service_tier}.
 */
@NullMarked
package io.madeleine.server.openai;

import org.jspecify.annotations.NullMarked;
