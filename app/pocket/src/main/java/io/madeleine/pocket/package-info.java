/** The model that comes along: a toy that recalls facts, and needs no network. */
@NullMarked
package io.madeleine.pocket;

import org.jspecify.annotations.NullMarked;
