package io.madeleine.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind {@code ./madeleine}. */
@Command(
    name = "madeleine",
    description = "Talk to a language model that remembers.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
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

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(Main::explain)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  /** A person gets the sentence that the exception was written for; a bug gets its stack trace. */
  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult result) {
    PrintWriter err = command.getErr();
    boolean meant = e instanceof IllegalArgumentException || e instanceof IllegalStateException;
    if (meant && e.getMessage() != null) {
      err.println(e.getMessage());
    } else if (e instanceof java.io.UncheckedIOException && e.getMessage() != null) {
      err.println(e.getMessage());
    } else if (e instanceof java.io.IOException) {
      err.println(e); // a bare file name says little without the name of what went wrong
    } else {
      e.printStackTrace(err);
    }
    err.flush();
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
