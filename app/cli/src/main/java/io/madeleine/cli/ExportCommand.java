package io.madeleine.cli;

import io.madeleine.conversation.exchange.MessageLines;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.identity.ConversationKey;
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

  @Mixin private Place place = new Place();

  @Option(names = "--all", description = "all conversations of the tenant")
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
    List<String> there =
        log.conversations(place.tenant()).stream().map(ConversationKey::id).toList();
    return there.isEmpty()
        ? "tenant '%s' has no conversations in %s".formatted(place.tenant().id(), place.data())
        : "tenant '%s' has no conversation '%s', only '%s': --conversation names one, --all takes all"
            .formatted(place.tenant().id(), place.conversation().id(), String.join("', '", there));
  }
}
