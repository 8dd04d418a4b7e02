/**
 * JSON, as far as an engine needs it: tool schemas, tool calls and templates.
 *
 * <p>In: text. Out: {@link io.madeleine.engine.json.Json} values whose objects keep their order,
 * and back. Strict (RFC 8259), bounded in depth, and it names the position of what is wrong. Knows
 * no classes of yours: nothing is bound to fields.
 */
@NullMarked
package io.madeleine.engine.json;

import org.jspecify.annotations.NullMarked;
