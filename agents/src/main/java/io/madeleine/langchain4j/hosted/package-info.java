/**
 * Cache lifetimes for models that somebody else hosts: how long a tool or a person usually takes,
 * turned into what the provider can be told, and what that costs.
 *
 * <p>In: how long pauses last, and a price sheet that carries its date. Out: the cheapest setting
 * with what each choice was expected to cost, how often a prefix is worth being read again before
 * it lapses, and dollars for what was used, in one vocabulary for all providers. This package knows
 * no network: {@link io.madeleine.langchain4j.hosted.http} does what it says.
 */
@NullMarked
package io.madeleine.langchain4j.hosted;

import org.jspecify.annotations.NullMarked;
