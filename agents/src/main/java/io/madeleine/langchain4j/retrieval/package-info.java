/** LangChain4j's retrieval over the memory: for any model, local or hosted. */
@NullMarked
package io.madeleine.langchain4j.retrieval;

import org.jspecify.annotations.NullMarked;
