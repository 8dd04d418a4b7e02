/**
 * Arithmetic over numbers at rest: matrix products, norms, rotation, attention.
 *
 * <p>{@link io.madeleine.engine.kernel.Kernels} is the only door; it checks once, and what is
 * behind it does not. Everything behind it exists twice: in plain Java, and on the Vector API. The
 * plain one is the reference that every test compares with, and what runs on a JVM without the
 * module {@code jdk.incubator.vector}.
 */
@NullMarked
package io.madeleine.engine.kernel;

import org.jspecify.annotations.NullMarked;
