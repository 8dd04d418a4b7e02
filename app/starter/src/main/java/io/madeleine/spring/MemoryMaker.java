package io.madeleine.spring;

import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.Eraser;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import java.time.Clock;
import java.util.List;

/**
 * Makes memories over the starter's history, and tells one who keeps what was derived from it.
 *
 * @param history where turns go
 * @param index that follows it
 * @param clock of what is forgotten
 * @param options how budgets are counted, among others
 * @param erasers all who keep what was derived from turns, but the index
 */
record MemoryMaker(
    TurnLog history, TurnIndex index, Clock clock, MemoryOptions options, List<Eraser> erasers) {

  /** {@return one more, told of all} */
  Memory make() {
    return told(Memory.over(history, index, clock, options));
  }

  /** {@return whether {@code memory} finds and forgets what is in this history} */
  boolean fits(Memory memory) {
    return memory.log() == history;
  }

  /** {@return the same, which asks all of them from now on when it forgets} */
  Memory told(Memory memory) {
    if (memory.index() != index) { // over the same history, but not what conversations search
      memory.alsoErase(this::eraseFromIndex);
    }
    erasers.forEach(memory::alsoErase);
    return memory;
  }

  private ForgetReceipt.Erased eraseFromIndex(Erasure.Receipt receipt) {
    return new ForgetReceipt.Erased(
        "index of conversations",
        index.erase(receipt.sequences()),
        "words, text and vectors",
        clock.instant().plus(options.index().purgeWithin()));
  }
}
