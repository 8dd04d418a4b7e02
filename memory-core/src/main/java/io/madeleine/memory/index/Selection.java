package io.madeleine.memory.index;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.IntsRef;

/**
 * Which documents are looked at: a whole conversation where it is small, otherwise the best by
 * words, the best by vectors, and what stands around them in their conversations.
 */
final class Selection {

  /** How far a turn's surroundings reach; the ranking looks no further. */
  static final int REACH = 4;

  private static final int DRAW_FOR_BITS = 3;

  private final IndexSearcher searcher;
  private final IndexOptions options;
  private boolean all;

  Selection(IndexSearcher searcher, IndexOptions options) {
    this.searcher = searcher;
    this.options = options;
  }

  /** {@return for every leaf its documents, ascending} */
  IntsRef[] select(TurnFilter filter, List<String> stems, float[] vector) throws IOException {
    if (filter.conversation().isPresent()) {
      Query whole = Schema.conversation(filter.conversation().get());
      if (searcher.count(whole) <= options.exhaustive()) {
        all = true;
        return documents(whole);
      }
    }
    Query allowed = Schema.filter(filter);
    Set<Long> addresses = new HashSet<>();
    around(searcher.search(byWords(stems, allowed), options.depth()).scoreDocs, addresses);
    if (vector.length > 0) {
      int draw =
          options.vectors() == IndexOptions.Vectors.BINARY
              ? options.depth() * DRAW_FOR_BITS
              : options.depth();
      var nearest = new KnnFloatVectorQuery(Schema.VECTOR, vector, draw, allowed);
      around(searcher.search(nearest, draw).scoreDocs, addresses);
    }
    Query bounds =
        filter
            .conversation()
            .map(Schema::conversation)
            .orElseGet(() -> Schema.tenant(filter.tenant()));
    long[] points = addresses.stream().mapToLong(Long::longValue).toArray();
    return documents(
        new BooleanQuery.Builder()
            .add(LongPoint.newSetQuery(Schema.ADDRESS, points), Occur.FILTER)
            .add(bounds, Occur.FILTER)
            .build());
  }

  /** {@return whether the whole conversation was taken} */
  boolean tookAll() {
    return all;
  }

  /** {@return for every leaf those documents that {@code query} matches and nobody deleted} */
  IntsRef[] documents(Query query) throws IOException {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    var found = new IntsRef[leaves.size()];
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
    for (LeafReaderContext leaf : leaves) {
      found[leaf.ord] = new IntsRef();
      Scorer scorer = weight.scorer(leaf);
      if (scorer == null) {
        continue;
      }
      Bits live = leaf.reader().getLiveDocs();
      IntsRef docs = found[leaf.ord];
      DocIdSetIterator iterator = scorer.iterator();
      for (int doc = iterator.nextDoc();
          doc != DocIdSetIterator.NO_MORE_DOCS;
          doc = iterator.nextDoc()) {
        if (live == null || live.get(doc)) {
          if (docs.length == docs.ints.length) {
            docs.ints = Arrays.copyOf(docs.ints, Math.max(64, docs.length * 2));
          }
          docs.ints[docs.length++] = doc;
        }
      }
    }
    return found;
  }

  private static Query byWords(List<String> stems, Query allowed) {
    var any = new BooleanQuery.Builder();
    for (String stem : stems) {
      any.add(new TermQuery(new Term(Words.STEMS, stem)), Occur.SHOULD);
    }
    return new BooleanQuery.Builder()
        .add(any.build(), Occur.MUST)
        .add(allowed, Occur.FILTER)
        .build();
  }

  private void around(ScoreDoc[] hits, Set<Long> addresses) throws IOException {
    ScoreDoc[] sorted = hits.clone();
    Arrays.sort(sorted, (a, b) -> Integer.compare(a.doc, b.doc));
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    int ord = -1;
    SortedDocValues where = null;
    NumericDocValues places = null;
    for (ScoreDoc hit : sorted) {
      int leaf = ReaderUtil.subIndex(hit.doc, leaves);
      if (leaf != ord || where == null || places == null) {
        ord = leaf;
        where = leaves.get(leaf).reader().getSortedDocValues(Schema.WHERE);
        places = leaves.get(leaf).reader().getNumericDocValues(Schema.PLACE);
      }
      int doc = hit.doc - leaves.get(leaf).docBase;
      if (where.advanceExact(doc) && places.advanceExact(doc)) {
        String key = where.lookupOrd(where.ordValue()).utf8ToString();
        int place = (int) places.longValue();
        for (int p = Math.max(0, place - REACH); p <= place + REACH; p++) {
          addresses.add(Schema.address(key, p));
        }
      }
    }
  }
}
