package io.madeleine.evaluation.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Engines measured in turns, in one process: what disturbs one disturbs the other. Who begins
 * changes with every round.
 */
final class Duel {
  private static final long SEED = 20_26;

  private enum Task {
    PREFILL,
    DECODE,
    BATCH
  }

  private final Setting setting;
  private final int vocabularySize;

  Duel(Setting setting, int vocabularySize) {
    this.setting = setting;
    this.vocabularySize = vocabularySize;
  }

  /** Runs everything once, so that what is measured later finds compiled code and warm pages. */
  void warmUp(Contender contender) {
    round(contender);
  }

  /** {@return each contender's medians, in their order} */
  List<Measured> run(List<Contender> contenders) {
    var speeds = new ArrayList<Map<Task, List<Speed>>>();
    contenders.forEach(contender -> speeds.add(new EnumMap<>(Task.class)));
    for (int round = 0; round < setting.rounds(); round++) {
      var order = new ArrayList<>(range(contenders.size()));
      if (round % 2 == 1) {
        Collections.reverse(order);
      }
      for (int i : order) {
        Map<Task, Speed> measured = round(contenders.get(i));
        measured.forEach(
            (task, speed) ->
                speeds.get(i).computeIfAbsent(task, t -> new ArrayList<>()).add(speed));
      }
    }
    return speeds.stream().map(Duel::medians).toList();
  }

  private static Measured medians(Map<Task, List<Speed>> speeds) {
    return new Measured(
        Speed.median(speeds.getOrDefault(Task.PREFILL, List.of())),
        Speed.median(speeds.getOrDefault(Task.DECODE, List.of())),
        Speed.median(speeds.getOrDefault(Task.BATCH, List.of())));
  }

  private Map<Task, Speed> round(Contender contender) {
    var random = new SplittableRandom(SEED);
    var speeds = new EnumMap<Task, Speed>(Task.class);
    int[] prompt = tokens(random, setting.promptTokens());
    contender.clear();
    speeds.put(Task.PREFILL, Speed.of(setting.promptTokens(), () -> contender.prefill(0, prompt)));
    speeds.put(Task.DECODE, decode(contender, random, 1));
    contender.clear();
    for (int i = 0; i < setting.sequences(); i++) {
      contender.prefill(i, tokens(random, Setting.BATCH_PROMPT));
    }
    speeds.put(Task.BATCH, decode(contender, random, setting.sequences()));
    return speeds;
  }

  private Speed decode(Contender contender, SplittableRandom random, int sequences) {
    return Speed.of(
        sequences * setting.decodeTokens(),
        () -> {
          for (int i = 0; i < setting.decodeTokens(); i++) {
            contender.decode(tokens(random, sequences));
          }
        });
  }

  private int[] tokens(SplittableRandom random, int count) {
    return random.ints(count, 0, vocabularySize).toArray();
  }

  private static List<Integer> range(int end) {
    return IntStream.range(0, end).boxed().toList();
  }
}
