package io.madeleine.memory.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.LockObtainFailedException;

/**
 * Lucene's files, opened: those that are there if they are sound and were written the same way,
 * otherwise none, to be filled from the log again.
 */
final class LuceneStore {

  private static final String FORMAT = "format";
  private static final String EMBEDDER = "embedder";
  private static final String SEQUENCE = "sequence";

  /**
   * Up to this size every checksum is verified when opened; beyond, Lucene's own checks suffice.
   */
  private static final long VERIFIED_BYTES = 256L << 20;

  final IndexWriter writer;
  final long sequence;
  final long highest;
  final List<String> notes;

  private final String embedder;

  private LuceneStore(
      IndexWriter writer, long sequence, long highest, String embedder, List<String> notes) {
    this.writer = writer;
    this.sequence = sequence;
    this.highest = highest;
    this.embedder = embedder;
    this.notes = notes;
  }

  static LuceneStore open(Directory directory, IndexOptions options, Words words, String embedder) {
    List<String> notes = new ArrayList<>();
    try {
      try {
        return sound(directory, options, words, embedder, notes);
      } catch (LockObtainFailedException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        notes.add("rebuilt from the log: the index could not be read (" + e.getMessage() + ")");
        clear(directory);
        return sound(directory, options, words, embedder, notes);
      }
    } catch (LockObtainFailedException e) {
      throw new IndexException(
          "another process has the index in %s open: close it, or use another directory"
              .formatted(directory),
          e);
    } catch (IOException e) {
      throw new IndexException("the index in %s cannot be opened".formatted(directory), e);
    }
  }

  private static LuceneStore sound(
      Directory directory, IndexOptions options, Words words, String embedder, List<String> notes)
      throws IOException {
    boolean exists = DirectoryReader.indexExists(directory);
    if (exists) {
      verify(directory);
    }
    var merges = new TieredMergePolicy();
    merges.setForceMergeDeletesPctAllowed(0);
    var config =
        new IndexWriterConfig(words.analyzer())
            .setMergePolicy(merges)
            .setUseCompoundFile(true)
            .setCodec(Schema.codec(options.vectors()))
            .setOpenMode(IndexWriterConfig.OpenMode.CREATE_OR_APPEND)
            .setCommitOnClose(false);
    var writer = new IndexWriter(directory, config);
    long sequence = 0;
    long highest = 0;
    if (exists) {
      Map<String, String> stamp = stamp(writer);
      String stale = stale(stamp, embedder);
      if (stale.isEmpty()) {
        sequence = Long.parseLong(stamp.getOrDefault(SEQUENCE, "0"));
        highest = highest(writer);
      } else {
        notes.add("rebuilt from the log: " + stale);
        writer.deleteAll();
      }
    } else {
      notes.add("built from the log: there was no index");
    }
    var store = new LuceneStore(writer, sequence, highest, embedder, notes);
    store.commit(sequence);
    return store;
  }

  void commit(long followed) throws IOException {
    writer.setLiveCommitData(
        Map.of(FORMAT, Schema.FORMAT, EMBEDDER, embedder, SEQUENCE, Long.toString(followed))
            .entrySet());
    writer.commit();
  }

  private static Map<String, String> stamp(IndexWriter writer) {
    var stamp = new java.util.HashMap<String, String>();
    Iterable<Map.Entry<String, String>> data = writer.getLiveCommitData();
    if (data != null) {
      data.forEach(entry -> stamp.put(entry.getKey(), entry.getValue()));
    }
    return stamp;
  }

  private static String stale(Map<String, String> stamp, String embedder) {
    String format = stamp.getOrDefault(FORMAT, "none");
    if (!format.equals(Schema.FORMAT)) {
      return "it was written in format %s and this is %s".formatted(format, Schema.FORMAT);
    }
    String before = stamp.getOrDefault(EMBEDDER, "");
    return before.equals(embedder)
        ? ""
        : "its vectors are of '%s' and the embedder is now '%s'".formatted(before, embedder);
  }

  private static long highest(IndexWriter writer) throws IOException {
    try (IndexReader reader = DirectoryReader.open(writer)) {
      byte[] packed = PointValues.getMaxPackedValue(reader, Schema.SEQUENCE);
      return packed == null ? 0 : org.apache.lucene.document.LongPoint.decodeDimension(packed, 0);
    }
  }

  private static void verify(Directory directory) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      if (bytes(directory) <= VERIFIED_BYTES) {
        for (LeafReaderContext leaf : reader.leaves()) {
          leaf.reader().checkIntegrity();
        }
      }
    }
  }

  static long bytes(Directory directory) throws IOException {
    long bytes = 0;
    for (String file : directory.listAll()) {
      try {
        bytes += directory.fileLength(file);
      } catch (java.nio.file.NoSuchFileException | java.io.FileNotFoundException e) {
        // Merged away between the listing and the look.
      }
    }
    return bytes;
  }

  private static void clear(Directory directory) throws IOException {
    for (String file : directory.listAll()) {
      if (!file.equals(IndexWriter.WRITE_LOCK_NAME)) {
        directory.deleteFile(file);
      }
    }
  }
}
