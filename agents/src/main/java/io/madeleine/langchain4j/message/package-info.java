/**
 * LangChain4j's messages, and the ids of its memories, in our words: one mapping for the log, the
 * memories and the models.
 */
@NullMarked
package io.madeleine.langchain4j.message;

import org.jspecify.annotations.NullMarked;
