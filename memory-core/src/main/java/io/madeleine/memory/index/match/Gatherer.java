package io.madeleine.memory.index.match;

import io.madeleine.memory.index.schema.Schema;
import io.madeleine.memory.index.schema.Words;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.IntsRef;
import org.apache.lucene.util.SmallFloat;
import org.apache.lucene.util.VectorUtil;

/** Reads columns for chosen documents: what they are, how often they say each term, how near. */
final class Gatherer {

  private static final int SAMPLE = 192;

  private final IndexReader reader;
  private final IntsRef[] docs;
  private final Columns columns;

  Gatherer(IndexReader reader, IntsRef[] docs) {
    this.reader = reader;
    this.docs = docs;
    int size = 0;
    for (IntsRef ref : docs) {
      size += ref.length;
    }
    this.columns = new Columns(size);
  }

  /**
   * @param vector of the question; empty for none
   * @param whole whether the documents are all there are, so that they tell the scale of cosines
   */
  Matches gather(
      IntsRef[] allowed, List<String> stems, List<String> heads, float[] vector, boolean whole)
      throws IOException {
    Map<BytesRef, Integer> conversations = new HashMap<>();
    int row = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      IntsRef chosen = docs[leaf.ord];
      if (chosen.length > 0) {
        facts(leaf.reader(), chosen, row, conversations);
        eligible(chosen, allowed[leaf.ord], row);
        cosines(leaf.reader(), chosen, row, vector);
      }
      row += chosen.length;
    }
    Matches.Lexicon byStem = lexicon(Words.STEMS, stems);
    Matches.Lexicon byHead = lexicon(Words.HEADS, heads);
    VectorScale scale = vector.length == 0 ? VectorScale.NONE : scale(vector, whole);
    int[] order = columns.order();
    return new Matches(
        columns.arranged(order), arranged(byStem, order), arranged(byHead, order), scale);
  }

  private void facts(LeafReader leaf, IntsRef chosen, int row, Map<BytesRef, Integer> conversations)
      throws IOException {
    var sequences = DocValues.getSortedNumeric(leaf, Schema.SEQUENCE);
    NumericDocValues places = DocValues.getNumeric(leaf, Schema.PLACE);
    var times = DocValues.getSortedNumeric(leaf, Schema.AT);
    NumericDocValues lengths = DocValues.getNumeric(leaf, Schema.CHARS);
    NumericDocValues traits = DocValues.getNumeric(leaf, Schema.TRAITS);
    SortedDocValues where = DocValues.getSorted(leaf, Schema.WHERE);
    SortedDocValues who = DocValues.getSorted(leaf, Schema.WHO);
    Map<Integer, String> names = new HashMap<>();
    int lastWhere = -1;
    int conversation = 0;
    int lastWho = -1;
    String name = "";
    for (int i = 0; i < chosen.length; i++) {
      int doc = chosen.ints[chosen.offset + i];
      int to = row + i;
      columns.sequence[to] = sequences.advanceExact(doc) ? sequences.nextValue() : 0;
      columns.place[to] = (int) value(places, doc);
      columns.at[to] = times.advanceExact(doc) ? times.nextValue() : 0;
      columns.characters[to] = (int) value(lengths, doc);
      columns.traits[to] = (int) value(traits, doc);
      if (where.advanceExact(doc) && where.ordValue() != lastWhere) {
        lastWhere = where.ordValue();
        BytesRef key = BytesRef.deepCopyOf(where.lookupOrd(lastWhere));
        conversation = conversations.computeIfAbsent(key, k -> conversations.size());
      }
      columns.conversation[to] = conversation;
      if (who.advanceExact(doc) && who.ordValue() != lastWho) {
        lastWho = who.ordValue();
        name = name(who, names);
      }
      columns.speaker[to] = name;
    }
  }

  private static String name(SortedDocValues who, Map<Integer, String> names) throws IOException {
    String name = names.get(who.ordValue());
    if (name == null) {
      name = who.lookupOrd(who.ordValue()).utf8ToString();
      names.put(who.ordValue(), name);
    }
    return name;
  }

  private static long value(NumericDocValues values, int doc) throws IOException {
    return values.advanceExact(doc) ? values.longValue() : 0;
  }

  private void eligible(IntsRef chosen, IntsRef allowed, int row) {
    int a = 0;
    for (int i = 0; i < chosen.length; i++) {
      int doc = chosen.ints[chosen.offset + i];
      while (a < allowed.length && allowed.ints[allowed.offset + a] < doc) {
        a++;
      }
      columns.eligible[row + i] = a < allowed.length && allowed.ints[allowed.offset + a] == doc;
    }
  }

  private void cosines(LeafReader leaf, IntsRef chosen, int row, float[] vector)
      throws IOException {
    FloatVectorValues vectors =
        vector.length == 0 ? null : leaf.getFloatVectorValues(Schema.VECTOR);
    if (vectors == null) {
      return;
    }
    KnnVectorValues.DocIndexIterator iterator = vectors.iterator();
    for (int i = 0; i < chosen.length; i++) {
      int doc = chosen.ints[chosen.offset + i];
      if (iterator.docID() < doc) {
        iterator.advance(doc);
      }
      if (iterator.docID() == doc) {
        columns.hasCosine[row + i] = true;
        columns.cosine[row + i] =
            VectorUtil.dotProduct(vector, vectors.vectorValue(iterator.index()));
      }
    }
  }

  /** Visits every leaf once: how rare a term is, all of them tell. */
  private Matches.Lexicon lexicon(String field, List<String> terms) throws IOException {
    var counts = new float[terms.size()][columns.size];
    var lengths = new float[columns.size];
    var frequency = new long[terms.size()];
    var bytes = terms.stream().map(BytesRef::new).toArray(BytesRef[]::new);
    long documents = 0;
    long said = 0;
    int row = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      Terms all = leaf.reader().terms(field);
      IntsRef chosen = docs[leaf.ord];
      if (all != null) {
        documents += all.getDocCount();
        said += all.getSumTotalTermFreq();
        lengths(leaf.reader().getNormValues(field), chosen, row, lengths);
        TermsEnum each = all.iterator();
        for (int t = 0; t < counts.length; t++) {
          if (each.seekExact(bytes[t])) {
            frequency[t] += each.docFreq();
            count(each, chosen, row, counts[t]);
          }
        }
      }
      row += chosen.length;
    }
    var rarity = new float[terms.size()];
    for (int t = 0; t < rarity.length; t++) {
      rarity[t] = (float) Math.log1p((documents - frequency[t] + 0.5) / (frequency[t] + 0.5));
    }
    return new Matches.Lexicon(
        terms, rarity, documents == 0 ? 1 : (float) said / documents, counts, lengths);
  }

  private static void lengths(NumericDocValues norms, IntsRef chosen, int row, float[] lengths)
      throws IOException {
    for (int i = 0; norms != null && i < chosen.length; i++) {
      if (norms.advanceExact(chosen.ints[chosen.offset + i])) {
        lengths[row + i] = SmallFloat.byte4ToInt((byte) norms.longValue());
      }
    }
  }

  private static void count(TermsEnum term, IntsRef chosen, int row, float[] counts)
      throws IOException {
    if (chosen.length == 0) {
      return;
    }
    PostingsEnum postings = term.postings(null, PostingsEnum.FREQS);
    int doc = -1;
    for (int i = 0; i < chosen.length; i++) {
      int wanted = chosen.ints[chosen.offset + i];
      if (doc < wanted) {
        doc = postings.advance(wanted);
      }
      if (doc == DocIdSetIterator.NO_MORE_DOCS) {
        return;
      }
      if (doc == wanted) {
        counts[row + i] = postings.freq();
      }
    }
  }

  /** From all rows where they are all there is, otherwise from turns spread over the index. */
  private VectorScale scale(float[] vector, boolean whole) throws IOException {
    var seen = new float[Math.max(SAMPLE, columns.size)];
    int count = 0;
    if (whole) {
      for (int i = 0; i < columns.size; i++) {
        if (columns.hasCosine[i]) {
          seen[count++] = columns.cosine[i];
        }
      }
      return VectorScale.of(seen, count);
    }
    for (LeafReaderContext leaf : reader.leaves()) {
      FloatVectorValues vectors = leaf.reader().getFloatVectorValues(Schema.VECTOR);
      int share =
          vectors == null
              ? 0
              : Math.min(
                  vectors.size(), (int) ((long) SAMPLE * leaf.reader().maxDoc() / reader.maxDoc()));
      for (int i = 0; vectors != null && i < share; i++) {
        int ord = (int) ((long) i * vectors.size() / share);
        seen[count++] = VectorUtil.dotProduct(vector, vectors.vectorValue(ord));
      }
    }
    return VectorScale.of(seen, count);
  }

  private static Matches.Lexicon arranged(Matches.Lexicon lexicon, int[] order) {
    for (int t = 0; t < lexicon.counts.length; t++) {
      lexicon.counts[t] = Columns.arranged(lexicon.counts[t], order);
    }
    System.arraycopy(Columns.arranged(lexicon.lengths, order), 0, lexicon.lengths, 0, order.length);
    return lexicon;
  }
}
