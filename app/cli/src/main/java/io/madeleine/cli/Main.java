package io.madeleine.cli;

import io.madeleine.cli.chat.Sentences;
import io.madeleine.conversation.ready.HomePath;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind {@code ./madeleine}. */
@Command(
    name = "madeleine",
    description = "Talk to a language model that remembers.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "And through ./madeleine:",
      "  serve     the server and its page: chat, and see what is remembered",
      "  doctor    checks this machine, and says what to do",
      "  key       makes an API key for a tenant of the server",
      "  examples  lists short programs, example NAME runs one",
      "  eval, bench   every figure of docs/measurements",
    },
    subcommands = {
      CommandLine.HelpCommand.class,
      ChatCommand.class,
      ModelsCommand.class,
      PullCommand.class,
      ImportCommand.class,
      ExportCommand.class
    })
public final class Main implements Runnable {

  @CommandLine.Spec
  private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  /** Kept, for a logger that nobody holds forgets its level. */
  private static final Logger LUCENE = Logger.getLogger("org.apache.lucene");

  public static void main(String[] args) {
    LUCENE.setLevel(Level.WARNING); // how wide its vectors are is nobody's business
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setOut(inUtf8(System.out))
        .setErr(inUtf8(System.err))
        .setExecutionExceptionHandler(Main::explain)
        .setParameterExceptionHandler(Main::misspelled)
        .registerConverter(Path.class, HomePath::of)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  /** What is exported must come back whole, also where the locale knows nothing but ASCII. */
  private static PrintWriter inUtf8(PrintStream stream) {
    return new PrintWriter(stream, /* autoFlush= */ true, StandardCharsets.UTF_8);
  }

  /** A person gets the sentence that the exception was written for; a bug gets its stack trace. */
  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult result) {
    PrintWriter err = command.getErr();
    Sentences.of(e).ifPresentOrElse(err::println, () -> e.printStackTrace(err));
    err.flush();
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  private static int misspelled(CommandLine.ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(e.getMessage());
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
      String name = command.getParent() == null ? "" : " " + command.getCommandName();
      err.println("./madeleine help%s shows what there is".formatted(name));
    }
    err.flush();
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
