/**
 * How much each cached token matters: one number for every slot of a KV head, higher stays.
 *
 * <p>A scorer is a record in one of four families: by position, by key, by attention, by probe. It
 * says which signals it reads; it changes nothing and does not know the budget.
 */
@NullMarked
package io.madeleine.memory.compression.scorer;

import org.jspecify.annotations.NullMarked;
