/** Where a measurement writes what nobody wants to keep. */
package io.madeleine.evaluation.scratch;
