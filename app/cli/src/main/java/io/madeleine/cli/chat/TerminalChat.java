package io.madeleine.cli.chat;

import io.madeleine.conversation.mind.EpisodicTurn;
import io.madeleine.conversation.mind.MindListener;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.FinishReason;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jline.reader.EndOfFileException;
import org.jline.reader.History;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * A chat in a terminal: lines can be edited and found again, and Ctrl-C stops an answer. What was
 * typed is found again in the conversation's history and kept nowhere else, so that what is
 * forgotten there is forgotten.
 */
public final class TerminalChat {

  /** After these the conversation is another one, or has nothing in it. */
  private static final Set<ChatSession.Command> HAS_OTHER_LINES =
      Set.of(ChatSession.Command.NEW, ChatSession.Command.FORGET_YES);

  private final ChatSession session;
  private volatile CancelToken stop = new CancelToken();

  /** Talks in {@code session}. */
  public TerminalChat(ChatSession session) {
    this.session = session;
  }

  /** {@return 0} when the person has left. */
  public int run() throws IOException {
    try (Terminal terminal = terminal()) {
      return run(terminal);
    }
  }

  /** UTF-8 as everywhere here, also where the locale knows nothing but ASCII, as in a container. */
  private static Terminal terminal() throws IOException {
    return TerminalBuilder.builder()
        .system(true)
        .encoding(StandardCharsets.UTF_8)
        .stdinEncoding(StandardCharsets.UTF_8)
        .stdoutEncoding(StandardCharsets.UTF_8)
        .build();
  }

  /** {@return 0} when the person in front of {@code terminal} has left. */
  int run(Terminal terminal) {
    LineReader reader =
        LineReaderBuilder.builder()
            .terminal(terminal)
            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
            .build();
    findAgain(reader.getHistory());
    terminal.handle(Terminal.Signal.INT, signal -> stop.cancel());
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
      take(line, reader);
    }
  }

  private void findAgain(History lines) {
    try {
      lines.purge();
    } catch (IOException e) {
      throw new UncheckedIOException("should not happen: the lines are in no file", e);
    }
    session.said().forEach(lines::add);
  }

  private void take(String line, LineReader reader) {
    Terminal terminal = reader.getTerminal();
    PrintWriter out = terminal.writer();
    var command = ChatSession.Command.named(line);
    var misspelled = ChatSession.Command.misspelled(line);
    if (command.isPresent()) {
      run(command.get(), terminal);
      if (HAS_OTHER_LINES.contains(command.get())) {
        findAgain(reader.getHistory());
      }
    } else if (misspelled.isPresent()) {
      out.println(misspelled.get());
    } else if (!line.isEmpty()) {
      say(line, terminal);
    }
    terminal.flush();
  }

  private void run(ChatSession.Command command, Terminal terminal) {
    PrintWriter out = terminal.writer();
    try {
      lines(command, terminal).forEach(out::println);
    } catch (RuntimeException e) {
      out.println(Sentences.orThrow(e));
    }
  }

  /** For the episodes of an import the model reads it first, which can be stopped. */
  private List<String> lines(ChatSession.Command command, Terminal terminal) {
    if (command != ChatSession.Command.EPISODES) {
      return session.run(command);
    }
    stop = new CancelToken();
    try (var reading = new ReadingLine(terminal)) {
      return session.run(command, new Shower(terminal, reading), stop);
    }
  }

  private void say(String line, Terminal terminal) {
    stop = new CancelToken();
    try (var reading = new ReadingLine(terminal)) {
      EpisodicTurn turn = session.say(line, new Shower(terminal, reading), stop);
      reading.hide();
      terminal.writer().println();
      if (turn.finish() == FinishReason.CANCELLED) {
        terminal
            .writer()
            .println(
                turn.logged().isPresent()
                    ? "[stopped; what was said so far is kept]"
                    : "[stopped; nothing is kept]");
      } else if (turn.finish() == FinishReason.LENGTH) {
        terminal.writer().println(session.whyCut(turn));
      }
    } catch (RuntimeException e) {
      terminal.writer().println(Sentences.orThrow(e));
    }
  }

  /** A model's words may not move the cursor or give the terminal orders. */
  private static String printable(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) && c != '\n' && c != '\t' ? '\uFFFD' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /** What the screen shows of a turn. */
  private record Shower(Terminal terminal, ReadingLine line) implements MindListener {

    @Override
    public void reading(int read, int all) {
      line.at(read, all);
    }

    @Override
    public void recalled(int episodes, int tokens) {
      line.recalled(episodes);
    }

    @Override
    public void wrote(String text) {
      line.hide();
      terminal.writer().print(printable(text));
      terminal.flush();
    }
  }
}
