/**
 * LangChain4j's chat memory on the turn log: for any model, local or hosted.
 *
 * <p>In: messages, as LangChain4j adds them. Out: the newest whole turns that fit, what was
 * recalled from before, and the turn that is going on. A turn reaches the log when its answer is
 * there, whole or not at all; a tool call is never without its result.
 */
@NullMarked
package io.madeleine.langchain4j.memory;

import org.jspecify.annotations.NullMarked;
