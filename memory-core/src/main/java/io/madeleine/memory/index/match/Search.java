package io.madeleine.memory.index.match;

import io.madeleine.memory.index.schema.Interval;
import io.madeleine.memory.index.schema.Schema;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.index.schema.Words;
import java.io.IOException;
import java.util.List;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.IntsRef;

/** Asks questions of a state of the index. Thread-safe. */
public final class Search {

  /** More terms than a question has; a pasted page would only cost time. */
  private static final int LONGEST_QUESTION = 8_000;

  private static final int TERMS = 48;

  private final Words words;
  private final Reach reach;

  /** A search by the terms of {@code words}, looking as far as {@code reach}. */
  public Search(Words words, Reach reach) {
    this.words = words;
    this.reach = reach;
  }

  /**
   * {@return what may answer {@code question}}
   *
   * @param vector the question's, unit length; empty for none
   * @param times that the question names
   */
  public Matches ask(
      IndexSearcher searcher,
      TurnFilter filter,
      String question,
      float[] vector,
      List<Interval> times)
      throws IOException {
    String asked = words.telling(cut(question));
    List<String> stems = terms(Words.STEMS, asked);
    List<String> heads = terms(Words.HEADS, asked);
    var selection = new Selection(searcher, reach);
    IntsRef[] docs = selection.select(filter, stems, vector, times);
    boolean whole = selection.tookAll();
    IntsRef[] allowed =
        whole && !filter.narrowsAConversation()
            ? docs
            : selection.among(docs, Schema.filter(filter));
    return new Gatherer(searcher.getIndexReader(), docs)
        .gather(allowed, stems, heads, vector, whole);
  }

  private List<String> terms(String field, String text) {
    List<String> terms = words.terms(field, text);
    return terms.subList(0, Math.min(TERMS, terms.size()));
  }

  /** {@return as much of {@code question} as is looked at} */
  public static String cut(String question) {
    return question.length() > LONGEST_QUESTION
        ? question.substring(0, LONGEST_QUESTION)
        : question;
  }
}
