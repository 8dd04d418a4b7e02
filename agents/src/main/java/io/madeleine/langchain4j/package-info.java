/**
 * Madeleine's faces towards LangChain4j: its models, memories and retrievers, spoken by our memory.
 *
 * <p>In the core nothing knows LangChain4j; here nothing knows Spring.
 */
@NullMarked
package io.madeleine.langchain4j;

import org.jspecify.annotations.NullMarked;
