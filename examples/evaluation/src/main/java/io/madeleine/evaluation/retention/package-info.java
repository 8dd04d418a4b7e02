/**
 * Does leasing caches while tools run pay, and against what? A discrete-event simulation of agents
 * on one engine, with the real retention code under it.
 *
 * <p>Order of service, retention policy and the disk tier are separate axes, because order alone is
 * worth more than any policy: a policy is only compared with others under the same order and tier.
 */
@NullMarked
package io.madeleine.evaluation.retention;

import org.jspecify.annotations.NullMarked;
