/**
 * What a hosted model's cache would have cost: agents' sessions replayed against the providers'
 * rules, without a network. The price sheet and the decisions are the library's own.
 */
@NullMarked
package io.madeleine.evaluation.retention.hosted;

import org.jspecify.annotations.NullMarked;
