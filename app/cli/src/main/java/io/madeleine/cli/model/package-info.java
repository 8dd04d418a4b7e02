/** Model files: which are here, which can be had, and how they get here. */
@NullMarked
package io.madeleine.cli.model;

import org.jspecify.annotations.NullMarked;
