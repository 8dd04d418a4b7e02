package io.madeleine.memory.index.files;

import java.io.IOException;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.IndexWriter;

/** The bytes of deleted documents, which stay in Lucene's files until these are written anew. */
public final class DeletedBytes {

  private static final int MOST_ROUNDS = 8;

  private DeletedBytes() {}

  /**
   * Writes anew every file that holds some. Lucene does not wait for merges that it began by
   * itself, and what was deleted while one ran is still in what it writes: those come first, and
   * then what is left is looked for again. The old files go with the next commit and {@link
   * IndexWriter#deleteUnusedFiles}, once no reader has them open.
   */
  public static void rewrite(IndexWriter writer) throws IOException {
    for (int round = 0; round < MOST_ROUNDS && (round == 0 || writer.hasDeletions()); round++) {
      if (writer.getConfig().getMergeScheduler() instanceof ConcurrentMergeScheduler running) {
        running.sync();
      }
      writer.forceMergeDeletes(true);
    }
  }
}
