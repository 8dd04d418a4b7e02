/**
 * What a template computes with, and what it may do with it: values, filters, tests, methods and
 * operators, as Python has them.
 *
 * <p>In: values. Out: values. Everything that makes a value longer is charged to a {@link
 * io.madeleine.engine.template.value.Budget}. Knows no syntax.
 */
@NullMarked
package io.madeleine.engine.template.value;

import org.jspecify.annotations.NullMarked;
