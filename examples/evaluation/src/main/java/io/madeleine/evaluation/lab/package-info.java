// SPDX-License-Identifier: Apache-2.0
/**
 * The laboratory: a model reads held-out dialogues once, a policy decides what its cache keeps, and
 * independent questions show what that cost. Policies are judged by answers.
 */
@NullMarked
package io.madeleine.evaluation.lab;

import org.jspecify.annotations.NullMarked;
