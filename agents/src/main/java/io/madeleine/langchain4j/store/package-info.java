/** LangChain4j's stores on our files: embeddings of somebody's documents, and agents' scopes. */
@NullMarked
package io.madeleine.langchain4j.store;

import org.jspecify.annotations.NullMarked;
