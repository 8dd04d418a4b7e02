/**
 * The noun of the project: a run of the conversation that belongs together, light enough to be
 * listed, searched and shown. Its keys and values lie elsewhere, under the same id.
 */
@NullMarked
package io.madeleine.memory.episode;

import org.jspecify.annotations.NullMarked;
