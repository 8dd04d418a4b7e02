/**
 * The calls of AI services and agents that are going on.
 *
 * <p>In: LangChain4j's events, which say on which thread a call begins, asks, is answered and ends.
 * Out: whose message it is that a thread adds, and the end of a call, also of one that failed.
 */
@NullMarked
package io.madeleine.langchain4j.call;

import org.jspecify.annotations.NullMarked;
