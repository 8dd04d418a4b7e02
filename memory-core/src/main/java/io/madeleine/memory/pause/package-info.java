/**
 * Programs that wait for their tools: for how long their caches are leased, when they are expected
 * back, and what was learned when they came.
 *
 * <p>In: "this answer called these tools", "their results are here". Out: two leases for each
 * pause, one on memory and one on disk, and lists of whom to move down, whom to fetch ahead of
 * time, whom to give up. The rules are {@link io.madeleine.memory.retention}'s; this package
 * applies them to what really happens. It knows neither pages nor files.
 */
@NullMarked
package io.madeleine.memory.pause;

import org.jspecify.annotations.NullMarked;
