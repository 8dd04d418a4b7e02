package io.madeleine.cli;

import io.madeleine.conversation.exchange.ConversationImport;
import io.madeleine.memory.history.TurnLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "import",
    description = {
      "Take conversations into the history: a JSON array, or JSON Lines.",
      "The array holds conversations with sessions; a line holds role and content, and tool_calls"
          + " as exported here or as OpenAI has them. Messages whose ids are there already are"
          + " passed over; what cannot be kept is refused by line and name."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ImportCommand implements Callable<Integer> {

  @Mixin private Place place = new Place();

  @Parameters(paramLabel = "FILE", description = "what to take in; /dev/stdin is a pipe's end")
  private Path file = Path.of("");

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    if (!Files.exists(file)) {
      throw new IllegalArgumentException("there is no file " + file);
    }
    if (Files.isDirectory(file)) {
      throw new IllegalArgumentException(file + " is a folder: import the files in it one by one");
    }
    ConversationImport.Result result;
    try (TurnLog log = TurnLog.open(place.history(), Clock.systemUTC());
        BufferedReader reader = Files.newBufferedReader(file)) {
      result =
          new ConversationImport(place.tenant(), log::turns, log::append)
              .read(reader, place.conversation().id(), Clock.systemUTC().instant());
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "%,d turns taken in, %,d passed over, tenant '%s'"
            .formatted(result.taken(), result.passedOver(), place.tenant().id()));
    out.flush();
    return 0;
  }
}
