/**
 * Cache lifetimes for models that somebody else hosts: how long a tool or a person usually takes,
 * turned into what the provider's interface can be told, and what that costs.
 *
 * <p>In: requests on their way to a provider, through LangChain4j's HTTP client. Out: the same
 * requests with cache markers or keys, the usage of their answers in one vocabulary, and the cost
 * of each conversation by a price sheet that carries its date. {@link
 * io.madeleine.langchain4j.hosted.HostedTtl} does the arithmetic and knows no network; {@link
 * io.madeleine.langchain4j.hosted.HostedCaching} is what a model is given.
 */
@NullMarked
package io.madeleine.langchain4j.hosted;

import org.jspecify.annotations.NullMarked;
