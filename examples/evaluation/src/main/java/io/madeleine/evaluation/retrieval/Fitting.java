// SPDX-License-Identifier: Apache-2.0
package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import io.madeleine.evaluation.dataset.Disguise;
import io.madeleine.memory.index.Embedder;
import io.madeleine.memory.index.IndexOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code --fit}: the weights that find evidence in three families of conversations. LoCoMo's
 * development half as it is; the same between "user" and "assistant", as chats with a model are;
 * and {@link ToldDialogues}, each of which has an index of its own, as a memory that has just begun
 * has. The last two count half as much as the first.
 */
final class Fitting {

  private static final double HALF = 0.5;
  private static final long FIRST_SEED = 60_000;
  private static final int DIALOGUES = 60;

  private final List<AnnotatedConversation> friends;
  private final List<AnnotatedConversation> roles;
  private final List<AnnotatedConversation> told = ToldDialogues.of(FIRST_SEED, DIALOGUES);
  private final Path scratch;

  /** A fitting on the development half of {@code data}, with indexes below {@code scratch}. */
  Fitting(List<AnnotatedConversation> data, Path scratch) {
    this.friends = data;
    this.roles = Disguise.ROLES.of(data);
    this.scratch = scratch;
  }

  /** {@return the weights for an index with these vectors, or for one without} */
  String weights(Optional<VectorCache> vectors) {
    vectors.ifPresent(
        known -> {
          known.warm(roles);
          known.warm(told);
        });
    Optional<Embedder> embedder = vectors.map(Embedder.class::cast);
    String kind = embedder.map(Embedder::fingerprint).orElse("words").replaceAll("\\W", "-");
    var fit = new Fit();
    inOneIndex(fit, friends, embedder, kind + "-friends", 1);
    inOneIndex(fit, roles, embedder, kind + "-roles", HALF);
    double each = HALF * questions(development(friends)) / questions(told);
    for (AnnotatedConversation one : told) {
      try (var index = open(List.of(one), embedder, kind + "-" + one.id())) {
        fit.learn(one, question -> index.signals(0, question), each);
      }
    }
    return fit.weights();
  }

  private void inOneIndex(
      Fit fit,
      List<AnnotatedConversation> data,
      Optional<Embedder> embedder,
      String folder,
      double counts) {
    try (var index = open(data, embedder, folder)) {
      for (int c = 0; c < data.size(); c++) {
        int conversation = c;
        if (isDevelopment(data.get(c))) {
          fit.learn(data.get(c), question -> index.signals(conversation, question), counts);
        }
      }
    }
  }

  private static List<AnnotatedConversation> development(List<AnnotatedConversation> data) {
    return data.stream().filter(Fitting::isDevelopment).toList();
  }

  private static boolean isDevelopment(AnnotatedConversation one) {
    return Table.DEVELOPMENT.contains(one.id());
  }

  private static double questions(List<AnnotatedConversation> conversations) {
    return conversations.stream()
        .flatMap(one -> one.questions().stream())
        .filter(AnnotatedConversation.Question::answerable)
        .count();
  }

  private OurIndex open(
      List<AnnotatedConversation> conversations, Optional<Embedder> embedder, String folder) {
    return new OurIndex(
        folder, conversations, embedder, scratch.resolve(folder), IndexOptions.DEFAULT);
  }
}
