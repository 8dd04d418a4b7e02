package io.madeleine.langchain4j.store;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.internal.ValidationUtils;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingSearchResult;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.filter.Filter;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.index.vector.VectorEntry;
import io.madeleine.memory.index.vector.VectorMatch;
import io.madeleine.memory.index.vector.VectorQuery;
import io.madeleine.memory.index.vector.VectorStore;
import io.madeleine.memory.index.vector.VectorStoreOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * LangChain4j's embedding store in a directory, through Lucene: filters become Lucene queries and
 * narrow before the nearest are taken, not after; removal by id and by filter; scores are
 * LangChain4j's relevance, (1 + cosine) / 2. The words of a request ({@code query()}) are not used:
 * this store finds by vector alone.
 *
 * <p>What was removed or replaced is found no more, but bytes of it stay in the files until {@link
 * #purge} is called.
 *
 * <p>For documents of your own. What was said in conversations is found by {@link
 * io.madeleine.langchain4j.retrieval.EpisodicContentRetriever}. Two differences to LangChain4j's
 * in-memory store: a filter that meets a value of another type does not match it where that one
 * throws, and UUIDs have no order. Thread-safe.
 */
public final class LuceneEmbeddingStore implements EmbeddingStore<TextSegment>, AutoCloseable {

  private final VectorStore vectors;

  private LuceneEmbeddingStore(VectorStore vectors) {
    this.vectors = vectors;
  }

  /**
   * {@return the store of {@code tenant} in {@code directory}, which is made if it is not there}
   *
   * @throws io.madeleine.memory.index.vector.VectorStoreException if the directory cannot be used,
   *     is another tenant's, or somebody else has it open
   */
  public static LuceneEmbeddingStore open(
      Path directory, Tenant tenant, VectorStoreOptions options) {
    return new LuceneEmbeddingStore(VectorStore.open(directory, tenant, options));
  }

  @Override
  public String add(Embedding embedding) {
    return addAll(List.of(embedding)).getFirst();
  }

  @Override
  public void add(String id, Embedding embedding) {
    vectors.addAll(List.of(entry(id, embedding, null)));
  }

  @Override
  public String add(Embedding embedding, @Nullable TextSegment segment) {
    String id = UUID.randomUUID().toString();
    vectors.addAll(List.of(entry(id, embedding, segment)));
    return id;
  }

  @Override
  public List<String> addAll(List<Embedding> embeddings) {
    List<String> ids = generateIds(embeddings.size());
    addAll(ids, embeddings, null);
    return ids;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the lists differ in length
   */
  @Override
  public void addAll(
      List<String> ids, List<Embedding> embeddings, @Nullable List<TextSegment> segments) {
    List<TextSegment> texts = segments == null ? List.of() : segments;
    boolean bare = texts.isEmpty();
    if (ids.size() != embeddings.size() || (!bare && texts.size() != ids.size())) {
      throw new IllegalArgumentException(
          "%d ids, %d embeddings and %d segments: give every embedding an id, and a segment or none to all"
              .formatted(ids.size(), embeddings.size(), texts.size()));
    }
    var entries = new ArrayList<VectorEntry>(ids.size());
    for (int i = 0; i < ids.size(); i++) {
      entries.add(entry(ids.get(i), embeddings.get(i), bare ? null : texts.get(i)));
    }
    vectors.addAll(entries);
  }

  @Override
  public void removeAll(@Nullable Collection<String> ids) {
    vectors.remove(ValidationUtils.ensureNotEmpty(ids, "ids"));
  }

  @Override
  public void removeAll(@Nullable Filter filter) {
    vectors.removeAll(Filters.condition(ValidationUtils.ensureNotNull(filter, "filter")));
  }

  @Override
  public void removeAll() {
    vectors.clear();
  }

  @Override
  public EmbeddingSearchResult<TextSegment> search(EmbeddingSearchRequest request) {
    var query =
        new VectorQuery(
            request.queryEmbedding().vector(),
            request.maxResults(),
            request.minScore(),
            Optional.ofNullable(request.filter()).map(Filters::condition));
    return new EmbeddingSearchResult<>(
        vectors.search(query).stream().map(LuceneEmbeddingStore::match).toList());
  }

  /** {@return how many embeddings it holds} */
  public int size() {
    return vectors.size();
  }

  /** Takes the bytes of what was removed out of the files; costs what writing them did. */
  public void purge() {
    vectors.purge();
  }

  @Override
  public void close() {
    vectors.close();
  }

  private static VectorEntry entry(String id, Embedding embedding, @Nullable TextSegment segment) {
    return segment == null
        ? new VectorEntry(id, embedding.vector(), Optional.empty(), Map.of())
        : new VectorEntry(
            id, embedding.vector(), Optional.of(segment.text()), segment.metadata().toMap());
  }

  private static EmbeddingMatch<TextSegment> match(VectorMatch match) {
    VectorEntry entry = match.entry();
    TextSegment segment =
        entry
            .text()
            .map(text -> TextSegment.from(text, Metadata.from(entry.metadata())))
            .orElse(null);
    return new EmbeddingMatch<>(
        (double) match.score(), entry.id(), Embedding.from(entry.vector()), segment);
  }
}
