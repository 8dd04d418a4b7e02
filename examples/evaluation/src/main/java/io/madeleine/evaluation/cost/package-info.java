/**
 * What a search costs as the store grows, and what smaller vectors lose: milliseconds, bytes, and
 * the share of the exact nearest that is still looked at.
 */
@NullMarked
package io.madeleine.evaluation.cost;

import org.jspecify.annotations.NullMarked;
