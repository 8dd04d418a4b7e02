/**
 * What a hosted model is given so that its provider keeps prompts for as long as they are wanted.
 *
 * <p>In: requests on their way to a provider, through LangChain4j's HTTP client. Out: the same
 * requests with cache markers or keys, requests of our own that keep a prompt alive if that is
 * wanted, and the cost of each conversation. {@link
 * io.madeleine.langchain4j.hosted.http.HostedCaching} is what a model is given; what is decided is
 * decided in {@link io.madeleine.langchain4j.hosted}.
 */
@NullMarked
package io.madeleine.langchain4j.hosted.http;

import org.jspecify.annotations.NullMarked;
