package io.madeleine.memory.index.match;

import io.madeleine.memory.index.schema.Interval;
import io.madeleine.memory.index.schema.Schema;
import io.madeleine.memory.index.schema.TurnFilter;
import io.madeleine.memory.index.schema.Words;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.index.LeafReaderContext;
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
 * words, the best by vectors, those of the times that the question names, and what stands around
 * them in their conversations.
 */
final class Selection {

  private final IndexSearcher searcher;
  private final Reach reach;
  private boolean all;

  Selection(IndexSearcher searcher, Reach reach) {
    this.searcher = searcher;
    this.reach = reach;
  }

  /** {@return for every leaf its documents, ascending} */
  IntsRef[] select(TurnFilter filter, List<String> stems, float[] vector, List<Interval> times)
      throws IOException {
    if (filter.conversation().isPresent()) {
      Query whole = Schema.conversation(filter.conversation().get());
      if (searcher.count(whole) <= reach.exhaustive()) {
        all = true;
        return documents(whole);
      }
    }
    Query allowed = Schema.filter(filter);
    List<ScoreDoc[]> found = new ArrayList<>();
    found.add(searcher.search(byWords(stems, allowed), reach.byWords()).scoreDocs);
    if (vector.length > 0) {
      var nearest = new KnnFloatVectorQuery(Schema.VECTOR, vector, reach.byVector(), allowed);
      found.add(searcher.search(nearest, reach.byVector()).scoreDocs);
    }
    for (Interval time : times) {
      found.add(searcher.search(byTime(time, stems, allowed), reach.byWords()).scoreDocs);
    }
    var around = new Surroundings(searcher.getIndexReader());
    around.of(found);
    IntsRef[] beside = around.beside();
    if (around.elsewhere().length == 0) {
      return beside;
    }
    Query bounds =
        filter
            .conversation()
            .map(Schema::conversation)
            .orElseGet(() -> Schema.tenant(filter.tenant()));
    return merged(
        beside,
        documents(
            new BooleanQuery.Builder()
                .add(LongPoint.newSetQuery(Schema.ADDRESS, around.elsewhere()), Occur.FILTER)
                .add(bounds, Occur.FILTER)
                .build()));
  }

  private static IntsRef[] merged(IntsRef[] some, IntsRef[] others) {
    var merged = new IntsRef[some.length];
    for (int leaf = 0; leaf < merged.length; leaf++) {
      int[] all =
          IntStream.concat(stream(some[leaf]), stream(others[leaf])).sorted().distinct().toArray();
      merged[leaf] = new IntsRef(all, 0, all.length);
    }
    return merged;
  }

  private static IntStream stream(IntsRef docs) {
    return Arrays.stream(docs.ints, docs.offset, docs.offset + docs.length);
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

  /**
   * {@return for every leaf those of its {@code docs}, ascending, that {@code query} matches}. It
   * looks at those alone: of a tenant's million turns a search reads some hundreds.
   */
  IntsRef[] among(IntsRef[] docs, Query query) throws IOException {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    var found = new IntsRef[leaves.size()];
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
    for (LeafReaderContext leaf : leaves) {
      IntsRef wanted = docs[leaf.ord];
      Scorer scorer = wanted.length == 0 ? null : weight.scorer(leaf);
      found[leaf.ord] = scorer == null ? new IntsRef() : among(wanted, scorer.iterator());
    }
    return found;
  }

  private static IntsRef among(IntsRef wanted, DocIdSetIterator matches) throws IOException {
    var found = new IntsRef(wanted.length);
    for (int i = 0; i < wanted.length; i++) {
      int doc = wanted.ints[wanted.offset + i];
      int at = matches.docID() < doc ? matches.advance(doc) : matches.docID();
      if (at == doc) {
        found.ints[found.length++] = doc;
      }
    }
    return found;
  }

  private static Query byWords(List<String> stems, Query allowed) {
    return new BooleanQuery.Builder()
        .add(anyOf(stems), Occur.MUST)
        .add(allowed, Occur.FILTER)
        .build();
  }

  /** What was said yesterday need not say "yesterday": those with a word only come first. */
  private static Query byTime(Interval time, List<String> stems, Query allowed) {
    return new BooleanQuery.Builder()
        .add(anyOf(stems), Occur.SHOULD)
        .add(Schema.said(time), Occur.FILTER)
        .add(allowed, Occur.FILTER)
        .build();
  }

  private static Query anyOf(List<String> stems) {
    var any = new BooleanQuery.Builder();
    for (String stem : stems) {
      any.add(new TermQuery(new Term(Words.STEMS, stem)), Occur.SHOULD);
    }
    return any.build();
  }
}
