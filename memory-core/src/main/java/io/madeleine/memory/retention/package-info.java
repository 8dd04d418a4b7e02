/**
 * How long a cache stays while a tool runs.
 *
 * <p>In: how long tools took so far, what rebuilding a cache would cost, how long requests queue.
 * Out: leases with a deadline, each with the reason that it was granted for.
 *
 * <p>The core is Li et al., <a href="https://arxiv.org/abs/2511.02230">Continuum (CacheTTL)</a>,
 * 2025: keep a cache for the time that maximises the expected saving minus the time for which it
 * blocks memory. A lease is soft: under pressure it is taken back, and the engine never idles
 * because of one. This package knows neither pages nor files; it reads durations and bytes.
 */
@NullMarked
package io.madeleine.memory.retention;

import org.jspecify.annotations.NullMarked;
