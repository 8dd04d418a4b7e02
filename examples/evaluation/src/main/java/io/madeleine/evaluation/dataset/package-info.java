/** Conversations with questions and evidence, read from JSON; nothing of them is kept here. */
@NullMarked
package io.madeleine.evaluation.dataset;

import org.jspecify.annotations.NullMarked;
