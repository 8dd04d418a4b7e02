/**
 * Plugs the policies of the core into the laboratory: what each reads is observed in a second pass
 * over the dialogue, once for all of them.
 */
@NullMarked
package io.madeleine.evaluation.lab.policy;

import org.jspecify.annotations.NullMarked;
