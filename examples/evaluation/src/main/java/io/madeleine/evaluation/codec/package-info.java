/** What codecs of keys and values cost: bytes on disk, time to write, time to have them back. */
@NullMarked
package io.madeleine.evaluation.codec;

import org.jspecify.annotations.NullMarked;
