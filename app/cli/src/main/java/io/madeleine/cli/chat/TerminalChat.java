package io.madeleine.cli.chat;

import io.madeleine.conversation.Turn;
import io.madeleine.conversation.TurnListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A chat in a terminal: lines can be edited and found again, and Ctrl-C stops an answer. */
public final class TerminalChat {

  private final ChatSession session;
  private final Path lines;
  private volatile boolean stop;

  /**
   * @param lines file that remembers what was typed
   */
  public TerminalChat(ChatSession session, Path lines) {
    this.session = session;
    this.lines = lines;
  }

  /** {@return 0} when the person has left. */
  public int run() throws IOException {
    try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
      return run(terminal);
    }
  }

  /** {@return 0} when the person in front of {@code terminal} has left. */
  int run(Terminal terminal) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .variable(LineReader.HISTORY_FILE, lines)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
    terminal.handle(Terminal.Signal.INT, signal -> stop = true);
    terminal.writer().println("/help shows what can be asked of the program.");
    while (true) {
      String line;
      try {
        line = reader.readLine("\n> ").strip();
      } catch (UserInterruptException e) {
        terminal.writer().println("/quit or Ctrl-D leaves.");
        continue;
      } catch (EndOfFileException e) {
        return 0;
      }
      if (line.equalsIgnoreCase("/quit")) {
        return 0;
      }
      take(line, terminal);
    }
  }

  private void take(String line, Terminal terminal) {
    PrintWriter out = terminal.writer();
    var command = ChatSession.Command.named(line);
    if (command.isPresent()) {
      session.run(command.get()).forEach(out::println);
    } else if (line.startsWith("/")) {
      out.println("there is no " + line.split("\\s", 2)[0] + "; /help shows what there is");
    } else if (!line.isEmpty()) {
      say(line, terminal);
    }
    terminal.flush();
  }

  private void say(String line, Terminal terminal) {
    stop = false;
    try (var reading = new ReadingLine(terminal)) {
      Turn turn = session.say(line, new Shower(terminal, reading));
      reading.hide();
      terminal.writer().println();
      if (turn.finish() == Turn.Finish.CANCELLED) {
        terminal
            .writer()
            .println(
                turn.logged().isPresent()
                    ? "[stopped; what was said so far is kept]"
                    : "[stopped; nothing is kept]");
      } else if (turn.finish() == Turn.Finish.LENGTH) {
        terminal.writer().println("[the answer is as long as it may be: --max-tokens]");
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      terminal.writer().println(e.getMessage());
    }
  }

  /** A model's words may not move the cursor or give the terminal orders. */
  private static String printable(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) && c != '\n' && c != '\t' ? '\uFFFD' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private final class Shower implements TurnListener {
    private final Terminal terminal;
    private final ReadingLine reading;

    Shower(Terminal terminal, ReadingLine reading) {
      this.terminal = terminal;
      this.reading = reading;
    }

    @Override
    public void reading(int done, int total) {
      reading.at(done, total);
    }

    @Override
    public void wrote(String text) {
      reading.hide();
      terminal.writer().print(printable(text));
      terminal.flush();
    }

    @Override
    public void noted(String sentence) {
      reading.say("[" + sentence + "]");
    }

    @Override
    public boolean cancelled() {
      return stop;
    }
  }
}
