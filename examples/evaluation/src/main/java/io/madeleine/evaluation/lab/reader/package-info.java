// SPDX-License-Identifier: Apache-2.0
/** How a model reads a dialogue, and how its answers are judged. */
@NullMarked
package io.madeleine.evaluation.lab.reader;

import org.jspecify.annotations.NullMarked;
