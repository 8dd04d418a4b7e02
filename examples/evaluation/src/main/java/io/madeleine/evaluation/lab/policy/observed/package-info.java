/**
 * What the laboratory sees of a dialogue before it compresses: attention, queries, words, and the
 * topics that these tell apart.
 */
@NullMarked
package io.madeleine.evaluation.lab.policy.observed;

import org.jspecify.annotations.NullMarked;
