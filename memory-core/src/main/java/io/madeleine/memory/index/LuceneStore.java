package io.madeleine.memory.index;

import io.madeleine.memory.index.schema.Schema;
import io.madeleine.memory.index.schema.Words;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PointValues;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.Lock;
import org.apache.lucene.store.LockObtainFailedException;

/**
 * Lucene's files, opened: those that are there if they are sound and were written the same way,
 * otherwise none, to be filled from the log again.
 */
final class LuceneStore {

  private static final String FORMAT = "format";
  private static final String EMBEDDER = "embedder";
  private static final String SEQUENCE = "sequence";
  private static final String PURGE = "purge";
  private static final String DUE = "due";
  private static final String DONE = "done";

  /** What is stamped into an index that never had an embedder. */
  private static final String WORDS_ALONE = "none";

  /**
   * Up to this size every checksum is verified when opened; beyond, Lucene's own checks suffice.
   */
  private static final long VERIFIED_BYTES = 256L << 20;

  final IndexWriter writer;
  final long sequence;
  final long highest;
  final boolean purgeDue;
  final List<String> notes;

  private final String embedder;

  private LuceneStore(
      IndexWriter writer,
      long sequence,
      long highest,
      boolean purgeDue,
      String embedder,
      List<String> notes) {
    this.writer = writer;
    this.sequence = sequence;
    this.highest = highest;
    this.purgeDue = purgeDue;
    this.embedder = embedder;
    this.notes = notes;
  }

  /** {@return whether an embedder is stamped into it, be it there now or not} */
  boolean hasEmbedder() {
    return !embedder.equals(WORDS_ALONE);
  }

  /**
   * {@return the files in {@code directory}, emptied first if they cannot be read or trusted}
   *
   * @param embedder the fingerprint that is stamped into them; without one they keep the one that
   *     they have
   * @throws IndexException if they cannot be written; then they are left as they are
   */
  static LuceneStore open(
      Directory directory, IndexOptions options, Words words, Optional<String> embedder) {
    List<String> notes = new ArrayList<>();
    try {
      boolean there = isSound(directory, notes);
      try {
        return written(directory, options, words, embedder, there, notes);
      } catch (CorruptIndexException
          | IndexFormatTooOldException
          | FileNotFoundException
          | NoSuchFileException
          | EOFException
          | RuntimeException e) {
        clear(directory, notes, e);
        return written(directory, options, words, embedder, false, notes);
      }
    } catch (LockObtainFailedException e) {
      throw new IndexException(
          "another process has the index in %s open: close it, or use another directory"
              .formatted(directory),
          e);
    } catch (IOException e) {
      throw new IndexException(
          "the index in %s cannot be written (%s): make room or mend the disk"
              .formatted(directory, e.getMessage()),
          e);
    }
  }

  /** Whether there is an index that can be read; what cannot be read is removed. */
  private static boolean isSound(Directory directory, List<String> notes) throws IOException {
    try {
      boolean exists = DirectoryReader.indexExists(directory);
      if (exists) {
        verify(directory);
      }
      return exists;
    } catch (IOException | RuntimeException e) {
      clear(directory, notes, e);
      return false;
    }
  }

  private static LuceneStore written(
      Directory directory,
      IndexOptions options,
      Words words,
      Optional<String> embedder,
      boolean there,
      List<String> notes)
      throws IOException {
    var writer = new IndexWriter(directory, Layout.config(options, words.analyzer()));
    try {
      long sequence = 0;
      long highest = 0;
      boolean purgeDue = false;
      String stamped = embedder.orElse(WORDS_ALONE);
      if (there) {
        Map<String, String> stamp = stamp(writer);
        String stale = stale(stamp, embedder);
        if (stale.isEmpty()) {
          stamped = stamp.getOrDefault(EMBEDDER, stamped);
          sequence = Long.parseLong(stamp.getOrDefault(SEQUENCE, "0"));
          highest = highest(writer);
          // Files from before this was written down may have lost a purge: they are purged once.
          purgeDue = stamp.getOrDefault(PURGE, DUE).equals(DUE);
        } else {
          notes.add("rebuilt from the log: " + stale);
          writer.deleteAll();
        }
      } else if (notes.isEmpty()) {
        notes.add("built from the log: there was no index");
      }
      var store = new LuceneStore(writer, sequence, highest, purgeDue, stamped, notes);
      store.commit(sequence, purgeDue);
      return store;
    } catch (IOException | RuntimeException | Error e) {
      letGo(writer, e);
      throw e;
    }
  }

  /** Closes files that could not be opened to the end, or nobody can open them again. */
  static void letGo(IndexWriter writer, Throwable why) {
    try {
      writer.rollback();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  /**
   * Writes all to disk.
   *
   * @param followed the newest sequence of the log that is in it
   * @param due whether bytes of erased turns are in it, which a purge has to remove
   */
  void commit(long followed, boolean due) throws IOException {
    writer.setLiveCommitData(
        Map.of(
                FORMAT,
                Schema.FORMAT,
                EMBEDDER,
                embedder,
                SEQUENCE,
                Long.toString(followed),
                PURGE,
                due ? DUE : DONE)
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

  private static String stale(Map<String, String> stamp, Optional<String> embedder) {
    String format = stamp.getOrDefault(FORMAT, "none");
    if (!format.equals(Schema.FORMAT)) {
      return "it was written in format %s and this is %s".formatted(format, Schema.FORMAT);
    }
    String before = stamp.getOrDefault(EMBEDDER, "");
    return embedder
        .filter(now -> !now.equals(before))
        .map(now -> "its vectors are of '%s' and the embedder is now '%s'".formatted(before, now))
        .orElse("");
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
      } catch (NoSuchFileException | FileNotFoundException e) {
        // Merged away between the listing and the look.
      }
    }
    return bytes;
  }

  /** Removes all files, unless somebody else has them open. */
  private static void clear(Directory directory, List<String> notes, Exception why)
      throws IOException {
    try (Lock ours = directory.obtainLock(IndexWriter.WRITE_LOCK_NAME)) {
      for (String file : directory.listAll()) {
        if (!file.equals(IndexWriter.WRITE_LOCK_NAME)) {
          ours.ensureValid();
          directory.deleteFile(file);
        }
      }
    }
    notes.add("rebuilt from the log: the index could not be read (" + why.getMessage() + ")");
  }
}
