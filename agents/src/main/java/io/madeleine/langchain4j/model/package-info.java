/**
 * Our own engine as LangChain4j's chat model, blocking and streaming.
 *
 * <p>In: a chat request. Out: the answer, its tool calls and what it cost. What the engine cannot
 * do is refused by name, never ignored.
 */
@NullMarked
package io.madeleine.langchain4j.model;

import org.jspecify.annotations.NullMarked;
