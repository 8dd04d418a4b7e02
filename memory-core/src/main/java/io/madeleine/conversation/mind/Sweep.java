package io.madeleine.conversation.mind;

import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.snapshot.SnapshotStore;
import io.madeleine.memory.store.DiskSpans;
import io.madeleine.memory.store.SpanId;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Deletes at the start what was derived from conversations of which the log has no turn. A process
 * that was killed between the log's erasure and the rest leaves that behind, and nobody opens a
 * conversation again that was forgotten. It looks at names alone: one for each conversation, and
 * nothing of those that the log has. Snapshots of plain conversations in the same directory go too.
 *
 * <p>What the operator told stays. It may be of a conversation in which nobody has spoken yet, or
 * of one whose turns were erased and not it, and nobody could derive it again.
 */
final class Sweep {

  private static final System.Logger LOG = System.getLogger(Sweep.class.getName());

  private final Path directory;
  private final TurnLog log;
  private final DiskSpans disk;
  private final SnapshotStore snapshots;

  private Sweep(Path directory, TurnLog log, DiskSpans disk, SnapshotStore snapshots) {
    this.directory = directory;
    this.log = log;
    this.disk = disk;
    this.snapshots = snapshots;
  }

  /** A failure is said and keeps nobody from opening: the next start tries again. */
  static void attempt(Path directory, TurnLog log, DiskSpans disk, SnapshotStore snapshots) {
    try {
      new Sweep(directory, log, disk, snapshots).everybody();
    } catch (RuntimeException e) {
      LOG.log(
          Level.WARNING,
          "some of what was derived from erased conversations is still in %s: mend the disk and start again"
              .formatted(directory),
          e);
    }
  }

  private void everybody() {
    var failures = new Failures();
    failures.trying(() -> disk.keepOnly(log.tenants()));
    failures.trying(() -> snapshots.keepOnly(log));
    Map<Path, Tenant> known =
        log.tenants().stream()
            .collect(
                Collectors.toMap(
                    tenant -> MindFiles.ofTenant(directory, tenant), Function.identity()));
    for (Path folder : MindFiles.tenants(directory)) {
      failures.trying(() -> conversations(folder, Optional.ofNullable(known.get(folder))));
    }
    failures.throwFirst();
  }

  /**
   * @param tenant whose folder it is; of somebody of whom the log has nothing, no keys and values
   *     are there any more
   */
  private void conversations(Path folder, Optional<Tenant> tenant) {
    Set<Path> spokenIn =
        tenant.stream()
            .flatMap(known -> log.conversations(known).stream())
            .map(key -> MindFiles.of(directory, key).directory())
            .collect(Collectors.toSet());
    Consumer<SpanId> keysAndValues = id -> tenant.ifPresent(known -> disk.remove(known, id));
    var failures = new Failures();
    MindFiles.under(folder).stream()
        .filter(each -> !spokenIn.contains(each.directory()))
        .forEach(each -> failures.trying(() -> each.delete(/* told= */ false, keysAndValues)));
    failures.throwFirst();
  }
}
