package io.madeleine.memory.history;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.identity.ConversationKey;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes turns from several threads until it is killed, and says {@code thread index} on stdout for
 * each that the log acknowledged; or, told to erase, once it has erased the turn before as well.
 * Run in a process of its own.
 */
public final class BusyWriter {
  private BusyWriter() {}

  /** The text of turn {@code index} of a thread; one in seven is half a megabyte, to be torn. */
  static String text(int thread, int index) {
    int times = index % 7 == 3 ? 50_000 : 1 + (index * 7919 + thread) % 500;
    return "turn %d %d ".formatted(thread, index).repeat(times);
  }

  public static void main(String[] args) {
    int threads = Integer.parseInt(args[1]);
    int turns = Integer.parseInt(args[2]);
    boolean erases = args.length > 3 && args[3].equals("erasing");
    try (TurnLog log =
        TurnLog.open(Path.of(args[0]), Clock.systemUTC(), new LogOptions(64 << 10, 1 << 20))) {
      var running = new ArrayList<Thread>();
      for (int thread = 0; thread < threads; thread++) {
        int number = thread;
        running.add(Thread.ofPlatform().start(() -> write(log, number, turns, erases)));
      }
      for (Thread thread : running) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  static void write(TurnLog log, int thread, int turns, boolean erases) {
    var key = ConversationKey.of("tenant", "thread-" + thread);
    int from = log.latest(key, 1).stream().mapToInt(newest -> newest.index() + 1).sum();
    for (int i = from; i < from + turns; i++) {
      var said =
          new LoggedMessage(Clock.systemUTC().instant(), new ChatMessage.User(text(thread, i)));
      try {
        log.append(key, List.of(said), Map.of());
      } catch (LogException full) {
        System.out.println("refused behind " + log.lastSequence() + ": " + full.getMessage());
        return;
      }
      if (erases) {
        List<LoggedTurn> before = log.turns(key, 0, log.size(key) - 1);
        before.forEach(turn -> log.erase(new Erasure.OfTurn(key, turn.sequence())));
      }
      System.out.println(thread + " " + i);
    }
  }
}
