package io.madeleine.evaluation.retrieval;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.madeleine.evaluation.dataset.AnnotatedConversation;
import java.util.ArrayList;
import java.util.List;

/** Asks a method every question and adds its row. */
final class Run {

  private final List<AnnotatedConversation> data;
  private final int[][] tokens;
  private final int[] budgets;
  private final Table table;
  private final Progress progress;

  Run(
      List<AnnotatedConversation> data,
      int[][] tokens,
      int[] budgets,
      Table table,
      Progress progress) {
    this.data = data;
    this.tokens = tokens;
    this.budgets = budgets;
    this.table = table;
    this.progress = progress;
  }

  ObjectNode measure(Method method) {
    progress.begin(method.name(), data.stream().mapToInt(c -> c.questions().size()).sum());
    List<Score> scores = new ArrayList<>();
    for (int c = 0; c < data.size(); c++) {
      var questions = data.get(c).questions();
      for (int q = 0; q < questions.size(); q++) {
        scores.add(
            Score.of(
                data.get(c).id(),
                questions.get(q).category(),
                method.rank(c, q),
                questions.get(q).evidence(),
                tokens[c],
                budgets));
        progress.step(1);
      }
    }
    return table.add(method.name(), scores);
  }
}
