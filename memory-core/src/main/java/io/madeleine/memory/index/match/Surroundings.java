package io.madeleine.memory.index.match;

import io.madeleine.memory.index.schema.Schema;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IntsRef;

/**
 * The turns around turns that were found. A turn's neighbours were mostly written just before and
 * after it and lie beside it in the same leaf, where a look costs nothing; what does not (written
 * again when its vector came, or in another leaf) is left as addresses to be searched for.
 */
final class Surroundings {

  /** How far a turn's surroundings reach; the ranking looks no further. */
  static final int REACH = 4;

  private final List<LeafReaderContext> leaves;
  private final IntsRef[] beside;
  private final Set<Long> elsewhere = new HashSet<>();

  Surroundings(IndexReader reader) {
    this.leaves = reader.leaves();
    this.beside = new IntsRef[leaves.size()];
    Arrays.fill(beside, new IntsRef());
  }

  /** {@return for every leaf the documents found, and around those found, ascending} */
  IntsRef[] beside() {
    return beside;
  }

  /** {@return the addresses of those around that were not} */
  long[] elsewhere() {
    return elsewhere.stream().mapToLong(Long::longValue).toArray();
  }

  void of(List<ScoreDoc[]> found) throws IOException {
    int[] hits =
        found.stream().flatMap(Stream::of).mapToInt(hit -> hit.doc).sorted().distinct().toArray();
    for (int from = 0; from < hits.length; ) {
      LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hits[from], leaves));
      int end = leaf.docBase + leaf.reader().maxDoc();
      int to = from;
      while (to < hits.length && hits[to] < end) {
        to++;
      }
      int[] own = Arrays.stream(hits, from, to).map(doc -> doc - leaf.docBase).toArray();
      look(leaf, own);
      from = to;
    }
  }

  private void look(LeafReaderContext leaf, int[] hits) throws IOException {
    int last = leaf.reader().maxDoc() - 1;
    int[] docs =
        Arrays.stream(hits)
            .flatMap(
                hit -> IntStream.rangeClosed(Math.max(0, hit - REACH), Math.min(last, hit + REACH)))
            .sorted()
            .distinct()
            .toArray();
    var at = new Places(leaf.reader(), docs);
    var chosen = new boolean[docs.length];
    for (int hit : hits) {
      int row = Arrays.binarySearch(docs, hit);
      if (!at.isThere(row)) {
        continue;
      }
      var seen = new boolean[2 * REACH + 1];
      for (int i = Math.max(0, row - REACH); i <= Math.min(docs.length - 1, row + REACH); i++) {
        int distance = at.place[i] - at.place[row] + REACH;
        if (at.isThere(i)
            && at.where[i] == at.where[row]
            && distance >= 0
            && distance < seen.length) {
          seen[distance] = true;
          chosen[i] = true;
        }
      }
      missing(at, row, seen);
    }
    int[] kept = IntStream.range(0, docs.length).filter(i -> chosen[i]).map(i -> docs[i]).toArray();
    beside[leaf.ord] = new IntsRef(kept, 0, kept.length);
  }

  private void missing(Places at, int row, boolean[] seen) throws IOException {
    for (int distance = 0; distance < seen.length; distance++) {
      int place = at.place[row] + distance - REACH;
      if (!seen[distance] && place >= 0) {
        elsewhere.add(Schema.address(at.conversation(row), place));
      }
    }
  }

  /** Where documents of a leaf stand in their conversations. */
  private static final class Places {
    private final LeafReader leaf;
    private final int[] where;
    private final int[] place;

    Places(LeafReader leaf, int[] docs) throws IOException {
      this.leaf = leaf;
      this.where = new int[docs.length];
      this.place = new int[docs.length];
      SortedDocValues conversations = DocValues.getSorted(leaf, Schema.WHERE);
      NumericDocValues places = DocValues.getNumeric(leaf, Schema.PLACE);
      Bits live = leaf.getLiveDocs();
      for (int i = 0; i < docs.length; i++) {
        boolean there =
            (live == null || live.get(docs[i]))
                && conversations.advanceExact(docs[i])
                && places.advanceExact(docs[i]);
        where[i] = there ? conversations.ordValue() : -1;
        place[i] = there ? (int) places.longValue() : 0;
      }
    }

    boolean isThere(int row) {
      return where[row] >= 0;
    }

    String conversation(int row) throws IOException {
      return DocValues.getSorted(leaf, Schema.WHERE).lookupOrd(where[row]).utf8ToString();
    }
  }
}
