// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code --fit}: the weights that find evidence in LoCoMo's development half and, counting half as
 * much, in {@link ToldDialogues}, each of which has an index of its own, as a memory that has just
 * begun has.
 */
final class Fitting {

  private static final double SHARE_OF_TOLD = 0.5;
  private static final long FIRST_SEED = 9_000;
  private static final int DIALOGUES = 60;

  private final List<AnnotatedConversation> data;
  private final List<AnnotatedConversation> told = ToldDialogues.of(FIRST_SEED, DIALOGUES);
  private final Path scratch;

  Fitting(List<AnnotatedConversation> data, Path scratch) {
    this.data = data;
    this.scratch = scratch;
  }

  /** {@return the weights for an index with these vectors, or for one without} */
  String weights(Optional<VectorCache> vectors) {
    vectors.ifPresent(this::warm);
    Optional<Embedder> embedder = vectors.map(Embedder.class::cast);
    String kind = embedder.map(Embedder::fingerprint).orElse("words").replaceAll("\\W", "-");
    var fit = new Fit();
    try (var index = open(data, embedder, "fit-" + kind)) {
      for (int c = 0; c < data.size(); c++) {
        if (Table.DEVELOPMENT.contains(data.get(c).id())) {
          int conversation = c;
          fit.learn(data.get(c), question -> index.signals(conversation, question), 1);
        }
      }
    }
    for (AnnotatedConversation one : told) {
      try (var index = open(List.of(one), embedder, kind + one.id())) {
        fit.learn(one, question -> index.signals(0, question), SHARE_OF_TOLD * perQuestion());
      }
    }
    return fit.weights();
  }

  /**
   * A family's weight is shared by its questions: what one of ours counts next to one of theirs.
   */
  private double perQuestion() {
    return (double)
            questions(data.stream().filter(one -> Table.DEVELOPMENT.contains(one.id())).toList())
        / questions(told);
  }

  private static long questions(List<AnnotatedConversation> conversations) {
    return conversations.stream()
        .flatMap(one -> one.questions().stream())
        .filter(AnnotatedConversation.Question::answerable)
        .count();
  }

  private void warm(VectorCache vectors) {
    vectors.warm(
        told.stream()
            .flatMap(one -> one.turns().stream())
            .map(AnnotatedConversation.Turn::text)
            .toList(),
        false);
    vectors.warm(
        told.stream()
            .flatMap(one -> one.questions().stream())
            .map(AnnotatedConversation.Question::text)
            .toList(),
        true);
  }

  private OurIndex open(
      List<AnnotatedConversation> conversations, Optional<Embedder> embedder, String folder) {
    return new OurIndex(
        folder, conversations, embedder, scratch.resolve(folder), IndexOptions.DEFAULT);
  }
}
