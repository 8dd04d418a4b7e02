package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;

import io.madeleine.conversation.context.TextDigest;
import io.madeleine.engine.kv.KvCache;
import io.madeleine.engine.kv.KvShape;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.kv.PagePool;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.snapshot.SnapshotHeader;
import io.madeleine.memory.snapshot.SnapshotStore;
import io.madeleine.memory.store.KvOrigin;
import io.madeleine.memory.store.SpanId;
import io.madeleine.memory.store.TenantKeys;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lies on disk since last year must be found under the same names. */
final class StoredNamesTest {

  private static final KvShape SHAPE = new KvShape(1, 1, 8);
  private static final ConversationKey KEY = ConversationKey.of("ann", "t\u00e9e");
  private static final String ANN = "49915e0d7d4b402e3017d010bc1c0e83";
  private static final String TEA = "c6a3bc6c75500c9699023daa3ded5c32";

  @TempDir Path directory;

  @Test
  void files_areNamedAsEver() {
    assertThat(MindFiles.of(directory, KEY).directory())
        .isEqualTo(directory.resolve("minds").resolve(ANN).resolve(TEA));
    var keys = new TenantKeys(directory.resolve("keys"), new SecureRandom());
    var snapshots = new SnapshotStore(directory, keys, 1 << 20, Clock.systemUTC());
    try (var pool = new PagePool(1 << 20);
        var cache = new KvCache(SHAPE, KvType.F32, pool)) {
      cache.append(0, 0, new float[8], new float[8], 0);
      cache.advanceTo(1);
      var header = new SnapshotHeader(KEY, "model", SHAPE, KvType.F32, 0, 0, "", List.of(1));
      assertThat(snapshots.save(header, cache)).isEmpty();
    }
    assertThat(directory.resolve(ANN)).isDirectoryContaining("glob:**" + TEA + ".*");
  }

  @Test
  void spansAndTexts_areNamedAsEver() {
    SpanId root = SpanId.root(new KvOrigin(KEY.tenant(), "model", "rope", SHAPE));
    assertThat(root.hex()).isEqualTo("e94b84631a08e804580ce4892f57cf47");
    assertThat(root.then(new int[] {1, 2, 3}).hex()).isEqualTo("99f8beae431af1b8fec304a6715cf0c9");
    assertThat(TextDigest.of("T\u00e9e"))
        .isEqualTo("3b89ad77297520c19618588933687b70b63981838469aa390c8f183f59bbb18b:3");
  }
}
