package io.madeleine.memory.compression.eviction;

final class Evictions {

  private Evictions() {}

  static HeadKv of(Evictor evictor, HeadKv head, int[] kept, float[] importance) {
    HeadKv survivors = head.keep(kept);
    if (kept.length == 0 || kept.length == head.size()) {
      return survivors;
    }
    int[] gone = gone(head.size(), kept);
    return switch (evictor) {
      case Evictor.Drop() -> survivors;
      case Evictor.MergeValues(double threshold, int sinks) ->
          ValueMerges.byLength(head, gone, survivors, threshold, sinks);
      case Evictor.MergeNearest() -> ValueMerges.byLikeness(head, gone, survivors);
      case Evictor.MergeClasses(double irrelevant, double threshold) ->
          ValueMerges.byClass(head, gone, survivors, importance, irrelevant, threshold);
      case Evictor.MergeRandomly(int receivers, long seed) ->
          RandomMerge.merge(head, gone, kept, importance, receivers, seed);
      case Evictor.MergeRuns(double threshold) -> RunMerge.merge(head, gone, kept, threshold);
    };
  }

  private static int[] gone(int size, int[] kept) {
    var gone = new int[size - kept.length];
    int next = 0;
    int count = 0;
    for (int slot = 0; slot < size; slot++) {
      if (next < kept.length && kept[next] == slot) {
        next++;
      } else {
        gone[count++] = slot;
      }
    }
    return gone;
  }
}
