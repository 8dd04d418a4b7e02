package io.madeleine.memory.index.schema;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LongField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/** What a turn looks like as a Lucene document, and a filter as a query. */
public final class Schema {

  /** Grows whenever an index written before can no longer be read or would rank differently. */
  public static final String FORMAT = "3";

  public static final String SEQUENCE = "sequence";
  public static final String PLACE = "place";
  public static final String ADDRESS = "address";
  public static final String AT = "at";
  public static final String CHARS = "chars";
  public static final String TRAITS = "traits";
  public static final String WHERE = "where";
  public static final String WHO = "who";
  public static final String VECTOR = "vector";
  public static final String TEXT = "text";
  public static final String ID = "id";
  public static final String TENANT = "tenant";
  public static final String CONVERSATION = "conversation";
  public static final String TOPIC = "topic";
  public static final String KIND = "kind";

  private static final String KEY = "key";
  private static final String WAITING = "waiting";
  private static final String SPEAKER = "speaker";

  private Schema() {}

  /**
   * {@return the document of {@code turn}}
   *
   * @param vector its own, if it is known
   * @param vectorFollows whether one is still to come
   */
  public static Document document(
      IndexedTurn turn, Optional<float[]> vector, boolean vectorFollows) {
    var document = new Document();
    String where = where(turn.conversation());
    document.add(new StringField(KEY, Long.toString(turn.sequence()), Field.Store.NO));
    document.add(new StringField(TENANT, turn.conversation().tenant().id(), Field.Store.YES));
    document.add(new StringField(WHERE, where, Field.Store.NO));
    document.add(new SortedDocValuesField(WHERE, new BytesRef(where)));
    document.add(new StoredField(CONVERSATION, turn.conversation().id()));
    document.add(new LongField(SEQUENCE, turn.sequence(), Field.Store.YES));
    document.add(new NumericDocValuesField(PLACE, turn.index()));
    document.add(new StoredField(PLACE, turn.index()));
    document.add(new StoredField(WHO, turn.speaker()));
    document.add(new LongPoint(ADDRESS, address(where, turn.index())));
    document.add(new LongField(AT, Bounds.millis(turn.at()), Field.Store.YES));
    document.add(new NumericDocValuesField(CHARS, turn.text().length()));
    document.add(new NumericDocValuesField(TRAITS, Traits.of(turn.text())));
    document.add(new SortedDocValuesField(WHO, new BytesRef(Bounds.term(turn.speaker()))));
    document.add(new StringField(SPEAKER, folded(turn.speaker()), Field.Store.NO));
    document.add(new StringField(KIND, turn.kind(), Field.Store.YES));
    document.add(new StringField(TOPIC, Bounds.term(turn.topic()), Field.Store.NO));
    document.add(new StoredField(TOPIC, turn.topic()));
    document.add(new StoredField(ID, turn.id()));
    document.add(new TextField(Words.STEMS, turn.text(), Field.Store.NO));
    document.add(new TextField(Words.HEADS, turn.text(), Field.Store.NO));
    document.add(new StoredField(TEXT, turn.text()));
    vector.ifPresent(
        v ->
            document.add(new KnnFloatVectorField(VECTOR, v, VectorSimilarityFunction.DOT_PRODUCT)));
    if (vectorFollows) {
      document.add(new StringField(WAITING, "yes", Field.Store.NO));
    }
    return document;
  }

  /** {@return the turn that {@code stored} was made from} */
  public static IndexedTurn turn(Document stored) {
    return new IndexedTurn(
        ConversationKey.of(text(stored, TENANT), text(stored, CONVERSATION)),
        number(stored, SEQUENCE),
        (int) number(stored, PLACE),
        text(stored, ID),
        Instant.ofEpochMilli(number(stored, AT)),
        text(stored, WHO),
        text(stored, KIND),
        text(stored, TOPIC),
        text(stored, TEXT));
  }

  private static String text(Document stored, String field) {
    IndexableField value = stored.getField(field);
    return value == null || value.stringValue() == null ? "" : value.stringValue();
  }

  private static long number(Document stored, String field) {
    IndexableField value = stored.getField(field);
    return value == null || value.numericValue() == null ? 0 : value.numericValue().longValue();
  }

  /** {@return what finds the turn of {@code sequence}} */
  public static Term key(long sequence) {
    return new Term(KEY, Long.toString(sequence));
  }

  /** Tenant and conversation in one term; the length keeps "a"+"bc" apart from "ab"+"c". */
  static String where(ConversationKey key) {
    return key.tenant().id().length() + ":" + key.tenant().id() + key.id();
  }

  /** Puts the turns of a conversation side by side; two conversations may share a stretch. */
  public static long address(String where, int place) {
    return ((long) where.hashCode() << 32) | place;
  }

  /** {@return all turns of a conversation} */
  public static Query conversation(ConversationKey key) {
    return new TermQuery(new Term(WHERE, where(key)));
  }

  /** {@return all turns of a tenant} */
  public static Query tenant(Tenant tenant) {
    return new TermQuery(new Term(TENANT, tenant.id()));
  }

  /** {@return the turns whose vector is still to come, without those of {@code sequences}} */
  public static Query waitingBut(long... sequences) {
    return new BooleanQuery.Builder()
        .add(new TermQuery(new Term(WAITING, "yes")), Occur.FILTER)
        .add(LongPoint.newSetQuery(SEQUENCE, sequences), Occur.MUST_NOT)
        .build();
  }

  /** {@return the turns said in {@code interval}, of every tenant} */
  public static Query said(Interval interval) {
    return LongField.newRangeQuery(
        AT, Bounds.millis(interval.from()), last(Bounds.millis(interval.until())));
  }

  /** {@return what passes {@code filter}} */
  public static Query filter(TurnFilter filter) {
    var all = new BooleanQuery.Builder();
    all.add(tenant(filter.tenant()), Occur.FILTER);
    filter.conversation().ifPresent(key -> all.add(conversation(key), Occur.FILTER));
    if (filter.from().isPresent() || filter.until().isPresent()) {
      long from = filter.from().map(Bounds::millis).orElse(Long.MIN_VALUE);
      long until = filter.until().map(Bounds::millis).orElse(Long.MAX_VALUE);
      all.add(LongField.newRangeQuery(AT, from, last(until)), Occur.FILTER);
    }
    filter
        .before()
        .ifPresent(
            next ->
                all.add(LongField.newRangeQuery(SEQUENCE, Long.MIN_VALUE, next - 1), Occur.FILTER));
    anyOf(all, SPEAKER, filter.speakers(), true);
    anyOf(all, TOPIC, filter.topics(), false);
    anyOf(all, KIND, filter.kinds(), false);
    return all.build();
  }

  /** {@return the last millisecond before {@code until}; the ends stand for all beyond them too} */
  private static long last(long until) {
    return until == Long.MIN_VALUE || until == Long.MAX_VALUE ? until : until - 1;
  }

  private static void anyOf(
      BooleanQuery.Builder all, String field, Set<String> values, boolean fold) {
    if (values.isEmpty()) {
      return;
    }
    var any = new BooleanQuery.Builder();
    for (String value : values) {
      any.add(
          new TermQuery(new Term(field, fold ? folded(value) : Bounds.term(value))), Occur.SHOULD);
    }
    all.add(any.build(), Occur.FILTER);
  }

  private static String folded(String name) {
    return Bounds.term(name.toLowerCase(Locale.ROOT));
  }
}
