package io.madeleine.memory.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VectorFilesTest {

  private static final Tenant ACME = new Tenant("acme");

  /** Nothing is written unasked, so that a test says what fails. */
  private static final VectorStoreOptions SELDOM =
      new VectorStoreOptions(Duration.ofHours(1), 1_000);

  private final Path place;
  private final Disk disk;
  private final VectorFiles files;

  VectorFilesTest(@TempDir Path place) throws IOException {
    this.place = place;
    this.disk = new Disk(FSDirectory.open(place));
    this.files = VectorFiles.open(disk, ACME, SELDOM);
  }

  @BeforeEach
  void addOne() {
    files.change("one could not be added", this::add);
  }

  private void add() throws IOException {
    files.dimension(2);
    files
        .writer()
        .addDocument(
            Fields.document(new VectorEntry("a", new float[] {1, 0}, Optional.empty(), Map.of())));
  }

  @Test
  void close_theLastCommitFails_saysSoAndLetsGoOfTheDirectory() {
    disk.syncs = false;

    assertThatThrownBy(files::close)
        .isInstanceOf(VectorStoreException.class)
        .hasMessageContaining("changes could not be written")
        .hasMessageContaining("make room")
        .hasRootCauseMessage("No space left on device");
    assertThat(disk.closed).isTrue();
    files.close(); // and nothing is left to do
    VectorStore.open(place, ACME, SELDOM).close();
  }

  @Test
  void change_aWriteBrokeTheWriter_saysWhyAndIsOpenedAgain() {
    files.commit();
    files.change("one could not be added", this::add);
    disk.creates = false;

    for (int time = 0; time < 2; time++) {
      assertThatThrownBy(files::commit)
          .isInstanceOf(VectorStoreException.class)
          .hasMessageContaining("make room")
          .hasRootCauseMessage("No space left on device");
      assertThat(files.writer().isOpen()).isFalse();
    }
    assertThatThrownBy(() -> files.change("two could not be added", this::add))
        .isInstanceOf(VectorStoreException.class)
        .hasMessageContaining("two could not be added")
        .hasMessageContaining("make room");
    assertThatThrownBy(() -> files.read(searcher -> searcher.getIndexReader().numDocs()))
        .isInstanceOf(VectorStoreException.class)
        .hasMessageContaining("make room");
    files.close();
    assertThat(disk.closed).isTrue();
    try (var again = VectorStore.open(place, ACME, SELDOM)) {
      assertThat(again.size()).isEqualTo(1);
    }
  }

  @Test
  void read_closed_saysSo() {
    files.close();

    assertThatThrownBy(() -> files.read(searcher -> searcher.getIndexReader().numDocs()))
        .isInstanceOf(VectorStoreException.class)
        .hasMessageContaining("it is closed");
    assertThatThrownBy(() -> files.change("one could not be added", this::add))
        .isInstanceOf(VectorStoreException.class)
        .hasMessageContaining("one could not be added")
        .hasMessageContaining("it is closed");
  }

  /** A disk that can run full, before a file is made or before it is safe. */
  private static final class Disk extends FilterDirectory {
    private boolean creates = true;
    private boolean syncs = true;
    private boolean closed;

    Disk(FSDirectory in) {
      super(in);
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
      require(creates);
      return super.createOutput(name, context);
    }

    @Override
    public void sync(Collection<String> names) throws IOException {
      require(syncs);
      super.sync(names);
    }

    private static void require(boolean room) throws IOException {
      if (!room) {
        throw new IOException("No space left on device");
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      super.close();
    }
  }
}
