package io.madeleine.evaluation.retrieval;

import io.madeleine.evaluation.dataset.AnnotatedConversation;
import java.util.List;

/** Something that finds: given a question, units of turns, best first. */
interface Method {

  /** {@return what it is called in the table} */
  String name();

  /**
   * {@return units, best first, each the places of its turns in the conversation}
   *
   * @param conversation which one, by its place in the data set
   * @param question by its place in the conversation
   */
  List<int[]> rank(int conversation, int question);

  /** {@return how a question reads to it} */
  static String text(List<AnnotatedConversation> data, int conversation, int question) {
    return data.get(conversation).questions().get(question).text();
  }
}
