/**
 * Who computes when: many sequences share one model, a step at a time.
 *
 * <p>In: jobs, each a cache, tokens to read into it, and a decoder that picks what to write. Out:
 * the caches grown, and every token handed to its decoder as soon as it is there. One thread runs
 * the model; the others wait for it. Long prefills are cut into chunks, so that they do not hold up
 * the tokens of others.
 *
 * <p>Programs are served in the order of their arrival, those whose cache is in memory first (Li et
 * al., <a href="https://arxiv.org/abs/2511.02230">Continuum</a>, 2025). This package knows no text
 * and no memory.
 */
@NullMarked
package io.madeleine.conversation.scheduling;

import org.jspecify.annotations.NullMarked;
