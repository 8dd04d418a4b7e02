package io.madeleine.cli;

import static java.util.stream.Collectors.joining;

import io.madeleine.conversation.exchange.MessageLines;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "export",
    description = "Write a conversation, or all of a tenant, as JSON Lines: a message a line.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ExportCommand implements Callable<Integer> {

  /** As many names as a person reads. */
  private static final int NAMED = 20;

  @Mixin private Place place = new Place();

  @Option(
      names = "--all",
      description = "all conversations of the tenant; other tenants want an export each")
  private boolean all;

  @Option(names = "--to", paramLabel = "FILE", description = "where to (default: stdout)")
  private Optional<Path> to = Optional.empty();

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(place.history())) {
      throw new IllegalArgumentException("there is no history in " + place.data());
    }
    try (TurnLog log = TurnLog.open(place.history(), Clock.systemUTC())) {
      List<ConversationKey> keys =
          all ? log.conversations(place.tenant()) : List.of(place.conversation());
      if (keys.stream().allMatch(key -> log.size(key) == 0)) {
        throw new IllegalArgumentException(nothing(log));
      }
      if (all) {
        tellOfOthers(log);
      }
      return to.isPresent() ? toFile(log, keys, to.get()) : toOutput(log, keys);
    }
  }

  private int toOutput(TurnLog log, List<ConversationKey> keys) {
    PrintWriter out = spec.commandLine().getOut();
    keys.stream().flatMap(key -> lines(log, key)).forEach(out::println);
    out.flush();
    return out.checkError() ? 1 : 0;
  }

  private static int toFile(TurnLog log, List<ConversationKey> keys, Path file) throws IOException {
    Iterable<String> all = () -> keys.stream().flatMap(key -> lines(log, key)).iterator();
    try {
      Files.write(file, all);
      return 0;
    } catch (IOException e) {
      throw new IOException(
          "the export to %s is not whole (%s): make room or name another file with --to, and export again"
              .formatted(file, why(e)),
          e);
    }
  }

  private static String why(IOException e) {
    boolean namesTheFile = e instanceof FileSystemException;
    return namesTheFile && ((FileSystemException) e).getReason() == null
        ? e.getClass().getSimpleName()
        : String.valueOf(e.getMessage());
  }

  private static Stream<String> lines(TurnLog log, ConversationKey key) {
    return log.turns(key).stream().flatMap(MessageLines::write);
  }

  private String nothing(TurnLog log) {
    String tenant = place.tenant().id();
    List<String> there =
        log.conversations(place.tenant()).stream().map(ConversationKey::id).toList();
    if (!there.isEmpty()) {
      return "tenant '%s' has no conversation '%s', only %s: --conversation names one, --all takes all"
          .formatted(tenant, place.conversation().id(), quoted(there));
    }
    List<String> others = others(log);
    return "tenant '%s' has no conversations in %s, %s"
        .formatted(
            tenant,
            place.data(),
            others.isEmpty()
                ? "nor has anybody else"
                : "but others have, who are %s: --tenant names one".formatted(quoted(others)));
  }

  /** Says whom an export of all leaves out: it may be meant as a backup. */
  private void tellOfOthers(TurnLog log) {
    List<String> others = others(log);
    if (!others.isEmpty()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(
          "of tenant '%s' alone, one of %,d in %s; the others are %s: once more for each, with --tenant"
              .formatted(place.tenant().id(), others.size() + 1, place.data(), quoted(others)));
      err.flush();
    }
  }

  private List<String> others(TurnLog log) {
    return log.tenants().stream()
        .filter(tenant -> !tenant.equals(place.tenant()))
        .map(Tenant::id)
        .sorted()
        .toList();
  }

  private static String quoted(List<String> names) {
    String some = names.stream().limit(NAMED).collect(joining("', '", "'", "'"));
    return names.size() <= NAMED ? some : some + " and %,d more".formatted(names.size() - NAMED);
  }
}
