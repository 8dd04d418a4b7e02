package io.madeleine.conversation.mind;

import io.madeleine.memory.failure.Failures;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.snapshot.SnapshotStore;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Makes vanish what conversations derived from turns that are erased, in memory and on disk, while
 * others go on.
 *
 * <p>What the operator told a conversation goes with all of its turns, and stays where the log has
 * a turn of it: whoever still owes an erasure asks again when the conversation may have been begun
 * anew, and what it was told since is nowhere else.
 */
final class Forgetting {

  private final EpisodicConversations home;
  private final Path directory;
  private final SnapshotStore snapshots;

  /**
   * @param snapshots which plain conversations left in the same directory
   */
  Forgetting(EpisodicConversations home, Path directory, SnapshotStore snapshots) {
    this.home = home;
    this.directory = directory;
    this.snapshots = snapshots;
  }

  void derived(Erasure request) {
    var failures = new Failures();
    failures.trying(() -> snapshots.remove(request));
    failures.trying(() -> forget(request));
    failures.throwFirst();
  }

  private void forget(Erasure request) {
    switch (request) {
      case Erasure.OfTenant(Tenant tenant) -> forget(tenant, each -> !isSpokenIn(tenant, each));
      case Erasure.OfTime(Tenant tenant, var _, var _) -> forget(tenant, _ -> false);
      case Erasure.OfConversation(ConversationKey key) -> forget(key);
      case Erasure.OfTurn(ConversationKey key, long sequence) -> forget(key, sequence);
    }
  }

  private boolean isSpokenIn(Tenant tenant, MindFiles files) {
    return home.log().conversations(tenant).stream().anyMatch(key -> home.files(key).equals(files));
  }

  /**
   * The files first, so that nothing that has them open stores what the tiers have forgotten.
   *
   * @param told of which conversations what the operator told goes as well
   */
  private void forget(Tenant tenant, Predicate<MindFiles> told) {
    var failures = new Failures();
    home.begun()
        .whileNobodyBegins(() -> deleteUnused(tenant, told, failures))
        .forEach(each -> failures.trying(() -> forget(each, () -> delete(each.files(), told))));
    failures.trying(() -> home.pauses().forget(tenant));
    failures.trying(() -> home.tiers(tenant).forget());
    failures.throwFirst();
  }

  /** Deletes the files that nobody uses. {@return the conversations that may use the others} */
  private List<EpisodicConversation> deleteUnused(
      Tenant tenant, Predicate<MindFiles> told, Failures failures) {
    List<EpisodicConversation> begun = home.begun().of(tenant);
    Set<Path> used =
        begun.stream().map(each -> each.files().directory()).collect(Collectors.toSet());
    failures.trying(
        () ->
            MindFiles.under(MindFiles.ofTenant(directory, tenant)).stream()
                .filter(each -> !used.contains(each.directory()))
                .forEach(each -> failures.trying(() -> delete(each, told))));
    return begun;
  }

  private static void delete(MindFiles files, Predicate<MindFiles> told) {
    if (told.test(files)) {
      MindFiles.delete(files.directory());
    } else {
      files.deleteDerived();
    }
  }

  private void forget(ConversationKey key) {
    forget(home.begun(key), () -> home.deleteStored(key, /* told= */ home.log().size(key) == 0));
  }

  private void forget(ConversationKey key, long sequence) {
    forget(
        home.begun(key),
        () -> {
          if (!NewestTurn.delete(home, key, sequence)) {
            home.deleteStored(key, /* told= */ false);
          }
        });
  }

  private void forget(EpisodicConversation conversation, Runnable derived) {
    conversation.forget(
        () -> {
          home.pauses().cancelled(conversation.key());
          derived.run();
        });
  }
}
