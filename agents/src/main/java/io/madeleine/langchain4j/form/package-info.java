/**
 * What an answer must look like: a response format or a required call in, a mask over the
 * vocabulary out. Knows LangChain4j's schemas and the engine's grammars, and nothing of requests.
 */
@NullMarked
package io.madeleine.langchain4j.form;

import org.jspecify.annotations.NullMarked;
