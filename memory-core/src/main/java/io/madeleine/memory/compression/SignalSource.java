package io.madeleine.memory.compression;

import io.madeleine.memory.compression.signal.HeadSignals;
import io.madeleine.memory.compression.signal.Signal;
import java.util.Set;

/** A cache as a compressor reads it, one head at a time, so that no copy of it all is needed. */
public interface SignalSource {

  /** {@return layers of the cache} */
  int layers();

  /** {@return KV heads in a layer} */
  int kvHeads();

  /** {@return what every head's signals hold} */
  Set<Signal> supplied();

  /** {@return the signals of one head; asked for more than once} */
  HeadSignals head(int layer, int kvHead);
}
