/**
 * SHA-256, by which files are named and models, texts and spans told apart.
 *
 * <p>In: bytes. Out: hexadecimal digits. Knows nobody.
 */
@NullMarked
package io.madeleine.engine.digest;

import org.jspecify.annotations.NullMarked;
