/**
 * The product's way in the laboratory: a dialogue is read turn by turn in a cache that never holds
 * more than the budget, and what a question needs is found and brought back.
 */
@NullMarked
package io.madeleine.evaluation.lab.policy.living;

import org.jspecify.annotations.NullMarked;
