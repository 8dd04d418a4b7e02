package io.madeleine.memory.index.vector;

import io.madeleine.memory.index.vector.Condition.Order;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.AutomatonQuery;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TermRangeQuery;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.automaton.Automata;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Operations;

/** A {@link Condition} as a Lucene query. */
final class Conditions {

  /** States that a search for a part may need: some per byte of it. */
  private static final int WORK = 1_000_000;

  private Conditions() {}

  static Query query(Condition condition) {
    return switch (condition) {
      case Condition.Compares(String key, Order order, Object value) -> compares(key, order, value);
      case Condition.Contains(String key, String part) ->
          new AutomatonQuery(new Term(Fields.text(key)), containing(part), /* isBinary= */ true);
      case Condition.All(List<Condition> all) -> all(all);
      case Condition.Any(List<Condition> any) -> any(any);
      case Condition.Not(Condition wrong) ->
          new BooleanQuery.Builder()
              .add(MatchAllDocsQuery.INSTANCE, Occur.FILTER)
              .add(query(wrong), Occur.MUST_NOT)
              .build();
    };
  }

  private static Query all(List<Condition> conditions) {
    var all = new BooleanQuery.Builder();
    all.add(MatchAllDocsQuery.INSTANCE, Occur.FILTER);
    conditions.forEach(condition -> all.add(query(condition), Occur.FILTER));
    return all.build();
  }

  private static Query any(List<Condition> conditions) {
    Query any = MatchNoDocsQuery.INSTANCE;
    // Folded in blocks, so that no list is too long for one query.
    for (int from = 0; from < conditions.size(); from += 512) {
      var block = new BooleanQuery.Builder();
      block.add(any, Occur.SHOULD);
      conditions
          .subList(from, Math.min(conditions.size(), from + 512))
          .forEach(condition -> block.add(query(condition), Occur.SHOULD));
      any = block.build();
    }
    return new ConstantScoreQuery(any);
  }

  private static Query compares(String key, Order order, Object value) {
    return value instanceof Number number
        ? numbers(key, order, number)
        : texts(Fields.text(key), order, utf16(value.toString()));
  }

  private static Query texts(String field, Order order, BytesRef value) {
    return switch (order) {
      case EQUAL -> new TermQuery(new Term(field, value));
      case ABOVE -> new TermRangeQuery(field, value, null, false, true);
      case AT_LEAST -> new TermRangeQuery(field, value, null, true, true);
      case BELOW -> new TermRangeQuery(field, null, value, true, false);
      case AT_MOST -> new TermRangeQuery(field, null, value, true, true);
    };
  }

  private static Query numbers(String key, Order order, Number value) {
    if (Decimals.isNaN(value)) {
      return MatchNoDocsQuery.INSTANCE;
    }
    return new BooleanQuery.Builder()
        .add(wholes(Fields.whole(key), Decimals.wholes(order, value)), Occur.SHOULD)
        .add(doubles(Fields.floating(key), order, value), Occur.SHOULD)
        .build();
  }

  private static Query wholes(String field, Decimals.Range range) {
    return range.isEmpty()
        ? MatchNoDocsQuery.INSTANCE
        : LongPoint.newRangeQuery(field, range.first(), range.last());
  }

  private static Query doubles(String field, Order order, Number value) {
    double least = Decimals.least(value);
    boolean exact = Decimals.isDouble(value);
    double above = exact ? DoublePoint.nextUp(least) : least;
    double atMost = exact ? least : DoublePoint.nextDown(least);
    return switch (order) {
      case EQUAL -> exact ? DoublePoint.newExactQuery(field, least) : MatchNoDocsQuery.INSTANCE;
      case ABOVE ->
          least == Double.POSITIVE_INFINITY
              ? MatchNoDocsQuery.INSTANCE
              : DoublePoint.newRangeQuery(field, above, Double.POSITIVE_INFINITY);
      case AT_LEAST -> DoublePoint.newRangeQuery(field, least, Double.POSITIVE_INFINITY);
      case BELOW ->
          least == Double.NEGATIVE_INFINITY
              ? MatchNoDocsQuery.INSTANCE
              : DoublePoint.newRangeQuery(
                  field, Double.NEGATIVE_INFINITY, DoublePoint.nextDown(least));
      case AT_MOST -> DoublePoint.newRangeQuery(field, Double.NEGATIVE_INFINITY, atMost);
    };
  }

  /** {@return text as bytes whose order is that of {@link String#compareTo}} */
  static BytesRef utf16(String text) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * text.length());
    bytes.asCharBuffer().put(text); // also halves of a pair, which an encoder would replace
    return new BytesRef(bytes.array());
  }

  private static Automaton containing(String part) {
    Automaton anyByte = Automata.makeCharRange(0, 0xff);
    Automaton anything = Operations.repeat(Operations.concatenate(List.of(anyByte, anyByte)));
    return Operations.determinize(
        Operations.concatenate(List.of(anything, Automata.makeBinary(utf16(part)), anything)),
        WORK);
  }
}
