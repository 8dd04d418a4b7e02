/**
 * What one can measure: meters of the memory and observations of answers, under OpenTelemetry's
 * names where it has one. In: running beans. Out: figures without a trace of whose they are.
 */
@NullMarked
package io.madeleine.spring.metrics;

import org.jspecify.annotations.NullMarked;
