package io.madeleine.evaluation.lab.policy.observed;

import io.madeleine.engine.kv.KvCache;
import io.madeleine.evaluation.lab.LabCase;
import org.jspecify.annotations.Nullable;

/** The observation of the dialogue at hand, shared by all policies. Not thread-safe. */
public final class Observations {

  private @Nullable KvCache of;
  private @Nullable ObservedDialogue last;
  private @Nullable WordIndex words;

  public ObservedDialogue of(LabCase lab) {
    ObservedDialogue known = last;
    if (known != null && of == lab.full()) {
      return known;
    }
    ObservedDialogue fresh = new ObservedDialogue(lab);
    of = lab.full();
    last = fresh;
    words = null;
    return fresh;
  }

  public WordIndex words(LabCase lab) {
    of(lab);
    WordIndex known = words;
    if (known != null) {
      return known;
    }
    WordIndex fresh = new WordIndex(lab.reading());
    words = fresh;
    return fresh;
  }
}
