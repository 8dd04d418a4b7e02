/** Agents that remember, for any model: each a program of a page. */
@NullMarked
package io.madeleine.tour.agent;

import org.jspecify.annotations.NullMarked;
