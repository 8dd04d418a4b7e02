package io.madeleine.conversation.mind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.episodic.EpisodicOptions;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.engine.generation.CancelToken;
import io.madeleine.engine.generation.GenerationOptions;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.StopRule;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.history.LoggedTurn;
import io.madeleine.memory.history.TurnLog;
import io.madeleine.memory.history.UnfinishedErasureException;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.index.IndexOptions;
import io.madeleine.memory.index.TurnIndex;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.recall.Memory;
import io.madeleine.memory.recall.MemoryOptions;
import io.madeleine.testing.model.TinyModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Forgetting reaches what was made of a turn, wherever it lies, also when nobody has it open. */
final class ForgetTest {

  private static final ConversationKey HOME = ConversationKey.of("ann", "home");
  private static final ConversationKey WORK = ConversationKey.of("ann", "work");
  private static final Clock CLOCK = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  /** Room for all that these conversations say. */
  private static final MindOptions ROOMY =
      SmallMinds.SMALL.layout(
          EpisodicOptions.DEFAULT.tokens(/* recent= */ 24, /* recalled= */ 1_024));

  private static final List<String> FACTS =
      List.of(
          "the garage door has a code with four numbers",
          "my dentist moved to the second floor",
          "uncle Bertil plays the tuba in a band",
          "our boat needs green paint before May");

  /** Longer than an episode can be, so that no episode of another turn holds all of it. */
  private static final String BEES =
      "my sister Zelandra keeps bees in Quillport, in nine yellow hives behind a mill, and sells dark"
          + " honey on Sundays to sailors, bakers, clerks and nuns of every village nearby";

  private static final List<String> LATER =
      List.of(
          "yesterday the tram stood still for two hours because a swan sat on the rails near the old"
              + " opera, and nobody dared to chase it away before its keeper came by bicycle",
          "at noon the soup was cold again, so Matilda bought a samovar, three copper spoons and a"
              + " carpet from Bukhara that is too large for any room of her small apartment");

  @TempDir private Path directory;

  @Test
  void say_afterTheFirstTurnWasForgotten_bringsBackTheTurnThatWasFound() {
    assertThatTurnsAreFoundWhereTheyStandAfterForgetting(0);
  }

  @Test
  void say_afterTheLastTurnWasForgotten_bringsBackTheTurnThatWasFound() {
    assertThatTurnsAreFoundWhereTheyStandAfterForgetting(FACTS.size() - 1);
  }

  private void assertThatTurnsAreFoundWhereTheyStandAfterForgetting(int turn) {
    with(
        ROOMY,
        (memory, minds) -> {
          FACTS.forEach(fact -> say(minds, HOME, fact));
          memory.forget(new Erasure.OfTurn(HOME, minds.log().turns(HOME).get(turn).sequence()));
          say(minds, HOME, BEES);
          LATER.forEach(text -> say(minds, HOME, text));

          assertThat(broughtBackOfBees(minds, "where does Zelandra keep bees")).contains(BEES);
        });
    with(
        ROOMY,
        (memory, minds) ->
            assertThat(broughtBackOfBees(minds, "who buys the honey of Zelandra")).contains(BEES));
  }

  /** {@return what was said in the episodes that came back for the turn about bees} */
  private static String broughtBackOfBees(EpisodicConversations minds, String question) {
    long bees =
        minds.log().turns(HOME).stream()
            .filter(turn -> saidIn(turn).equals(BEES))
            .findFirst()
            .orElseThrow()
            .sequence();
    EpisodicTurn turn = say(minds, HOME, question);
    Mind mind = minds.conversation(HOME, List.of()).mind();
    int[] tokens =
        turn.recalled().stream()
            .filter(recalled -> recalled.because().sequence() == bees)
            .map(recalled -> recalled.episode().span())
            .flatMapToInt(span -> IntStream.range(span.start(), span.end()))
            .map(position -> mind.token(position - mind.prefixTokens()))
            .toArray();
    return spelled(minds, tokens);
  }

  @Test
  void forget_whileATurnIsUnderWayAndAnotherWaits_bothGoOnWithWhatTheLogHas() {
    with(
        (memory, minds) -> {
          FACTS.forEach(fact -> say(minds, HOME, fact));
          EpisodicConversation conversation = minds.conversation(HOME, List.of());
          long first = minds.log().turns(HOME).getFirst().sequence();
          var underWay = new CountDownLatch(1);
          var goOn = new CountDownLatch(1);
          Thread speaking =
              Thread.startVirtualThread(
                  () -> say(conversation, LATER.getFirst(), waiting(underWay, goOn)));
          underWay.await();
          Thread forgetting = behind(() -> memory.forget(new Erasure.OfTurn(HOME, first)));
          Thread next = behind(() -> say(conversation, LATER.getLast(), MindListener.NONE));
          goOn.countDown();
          for (Thread each : List.of(speaking, forgetting, next)) {
            each.join();
          }

          assertThat(minds.log().size(HOME)).isEqualTo(FACTS.size() - 1 + 2);
          assertThat(minds.conversation(HOME, List.of())).isSameAs(conversation);
          assertSpellsTheLog(minds);
        });
    with((memory, minds) -> assertSpellsTheLog(minds));
  }

  @Test
  void forget_all_leavesNothingOfTheConversationsThatGoOnAndOfThoseThatDoNot() {
    with(
        (memory, minds) -> {
          say(minds, WORK, FACTS.getFirst());
          say(minds, HOME, BEES);
        });
    with(
        (memory, minds) -> {
          EpisodicConversation conversation =
              minds.conversation(HOME, List.of(new ChatMessage.System("speak of bees")));
          say(conversation, LATER.getFirst(), MindListener.NONE);
          memory.forget(new Erasure.OfTenant(HOME.tenant()));

          assertThat(files("minds")).isEmpty();
          assertThat(conversation.lastTurn()).isEmpty();
          assertThat(say(conversation, LATER.getLast(), MindListener.NONE).logged()).isPresent();
          assertThat(minds.log().size(HOME)).isEqualTo(1);
          assertSpellsTheLog(minds);
        });
  }

  @Test
  void open_afterACrashBetweenTheLogsErasureAndTheRest_hasNothingOfWhatWasErased() {
    assertThatNothingIsLeftAfterACrashBehindTheErasureOf(1);
  }

  @Test
  void open_afterACrashBehindTheErasureOfTheLastTurn_hasNothingOfIt() {
    assertThatNothingIsLeftAfterACrashBehindTheErasureOf(FACTS.size() - 1);
  }

  private void assertThatNothingIsLeftAfterACrashBehindTheErasureOf(int place) {
    with((memory, minds) -> FACTS.forEach(fact -> say(minds, HOME, fact)));
    List<Path> spans = files("spans");
    with(
        (memory, minds) -> {
          long sequence = minds.log().turns(HOME).get(place).sequence();
          minds.log().erase(new Erasure.OfTurn(HOME, sequence)); // and no more: a crash
        });
    with(
        (memory, minds) -> {
          assertSpellsTheLog(minds);
          Set<String> listed = episodesOf(minds);
          assertThat(spans)
              .filteredOn(span -> !listed.contains(span.getFileName().toString()))
              .isNotEmpty()
              .noneMatch(Files::exists);
          assertThat(say(minds, HOME, BEES).logged()).isPresent();
          assertSpellsTheLog(minds);
        });
  }

  @Test
  void forget_aTurn_leavesWhatTheOperatorTold() throws IOException {
    with(
        (memory, minds) -> {
          List<ChatMessage> told = List.of(new ChatMessage.System("speak of bees"));
          FACTS.forEach(fact -> say(minds.conversation(HOME, told), fact, MindListener.NONE));
          long first = minds.log().turns(HOME).getFirst().sequence();
          memory.forget(new Erasure.OfTurn(HOME, first));
        });
    assertThat(files("minds")).singleElement().asString().endsWith("instruction");
    assertThat(Files.readString(files("minds").getFirst())).isEqualTo("speak of bees");

    with((memory, minds) -> memory.forget(new Erasure.OfConversation(HOME)));
    assertThat(files("minds")).isEmpty();
  }

  /** So does a {@link Memory} that still owes an erasure. */
  @Test
  void eraseDerived_conversationWasBegunAnewSince_leavesWhatItWasTold() {
    List<ChatMessage> bees = List.of(new ChatMessage.System("speak of bees"));
    List<ChatMessage> boats = List.of(new ChatMessage.System("speak of boats"));
    with(
        (memory, minds) -> {
          for (Erasure all :
              List.of(new Erasure.OfConversation(HOME), new Erasure.OfTenant(HOME.tenant()))) {
            say(minds.conversation(HOME, bees), BEES, MindListener.NONE);
            Erasure.Receipt owed = minds.erase(all);
            assertThat(minds.conversation(HOME).instruction()).isEmpty();
            say(minds.conversation(HOME, boats), FACTS.getFirst(), MindListener.NONE);
            minds.conversation(WORK, bees);
            minds.eraseDerived(owed);

            assertThat(minds.conversation(HOME).instruction()).isEqualTo(boats);
            assertThat(minds.files(HOME).tokens()).doesNotExist();
          }
          assertThat(minds.conversation(WORK).instruction()).as("nobody spoke there").isEmpty();
        });
  }

  @Test
  void erase_logCannotWriteItsFilesAnew_leavesNothingOfTheTurnInUseAllTheSame() {
    with(
        (memory, minds) -> {
          FACTS.forEach(fact -> say(minds, HOME, fact));
          EpisodicConversation conversation = minds.conversation(HOME, List.of());
          long first = minds.log().turns(HOME).getFirst().sequence();
          inTheWayOfNewFiles("log");

          assertThatThrownBy(() -> minds.erase(new Erasure.OfTurn(HOME, first)))
              .isInstanceOf(UnfinishedErasureException.class);
          assertThat(minds.log().size(HOME)).isEqualTo(FACTS.size() - 1);
          assertThat(conversation.isResident()).isFalse();
          assertThat(minds.files(HOME).tokens()).doesNotExist();
          assertThat(minds.files(HOME).episodes()).doesNotExist();
          assertThat(files("spans")).isEmpty();
          assertSpellsTheLog(minds);
        });
  }

  @Test
  void forget_tenantOfWhomAListCannotBeRead_takesAllOfIt() throws IOException {
    with((memory, minds) -> say(minds, HOME, BEES));
    Files.createDirectory(withoutTheList().resolve("episodes"));
    with((memory, minds) -> memory.forget(new Erasure.OfTenant(HOME.tenant())));

    assertThat(files("spans")).isEmpty();
    assertThat(files("minds")).isEmpty();
  }

  @Test
  void erase_conversationWhoseListCannotBeRead_takesTheRestAndSaysSo() throws IOException {
    with((memory, minds) -> say(minds, HOME, BEES));
    Path mind = withoutTheList();
    Files.createDirectory(mind.resolve("episodes"));
    with(
        (memory, minds) ->
            assertThatThrownBy(() -> minds.erase(new Erasure.OfConversation(HOME)))
                .hasMessageContaining("list of episodes"));

    assertThat(mind.resolve("tokens")).doesNotExist();
    assertThat(mind.resolve("episodes")).exists();
  }

  /** {@return the directory of the only conversation, of which the list is gone} */
  private Path withoutTheList() throws IOException {
    Path list = list();
    Files.delete(list);
    return list.resolveSibling("");
  }

  private Path list() {
    return files("minds").stream()
        .filter(file -> file.endsWith("episodes"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void erase_listThatWasDamaged_takesTheEpisodesOfBadLinesAsWell() throws IOException {
    with((memory, minds) -> say(minds, HOME, BEES));
    damageTheList();
    with((memory, minds) -> minds.erase(new Erasure.OfConversation(HOME)));

    assertThat(files("spans")).isEmpty();
  }

  @Test
  void erase_listThatWasDamagedAndGoneOnWith_takesTheEpisodesOfBadLinesAsWell() throws IOException {
    with((memory, minds) -> say(minds, HOME, BEES));
    damageTheList();
    with(
        (memory, minds) -> {
          assertThat(say(minds, HOME, LATER.getFirst()).logged()).isPresent();
          minds.erase(new Erasure.OfConversation(HOME));
        });

    assertThat(files("spans")).isEmpty();
  }

  /** In the first line, behind the id. */
  private void damageTheList() throws IOException {
    byte[] damaged = Files.readAllBytes(list());
    damaged[34] ^= 0x40;
    Files.write(list(), damaged);
  }

  @Test
  void say_listOfEpisodesCannotBeWritten_storesNoneThatNobodyLists() {
    with(
        (memory, minds) -> {
          var disk =
              new MindListener() {
                @Override
                public void recalled(int episodes, int tokens) {
                  assertThat(minds.files(HOME).episodes().toFile().mkdirs()).isTrue();
                }
              };
          assertThat(say(minds.conversation(HOME, List.of()), BEES, disk).logged()).isPresent();
        });
    assertThat(files("spans")).isEmpty();
  }

  /** A log writes a file anew under another name first. */
  private void inTheWayOfNewFiles(String log) {
    files(log).stream()
        .filter(file -> file.toString().endsWith(".log"))
        .map(file -> file.resolveSibling(file.getFileName() + ".new"))
        .forEach(fresh -> assertThat(fresh.toFile().mkdir()).isTrue());
  }

  private static Set<String> episodesOf(EpisodicConversations minds) {
    return minds.conversation(HOME, List.of()).mind().episodes().stream()
        .map(episode -> episode.id() + ".span")
        .collect(Collectors.toSet());
  }

  /** Told what it recalled, it waits in the middle of its turn. */
  private static MindListener waiting(CountDownLatch underWay, CountDownLatch goOn) {
    return new MindListener() {
      @Override
      public void recalled(int episodes, int tokens) {
        underWay.countDown();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  /** {@return a thread that has come to where it has to wait} */
  private static Thread behind(Runnable what) throws InterruptedException {
    Thread thread = Thread.ofPlatform().start(what);
    for (int still = 0; still < 5 && thread.isAlive(); Thread.sleep(10)) {
      still = thread.getState() == Thread.State.WAITING ? still + 1 : 0;
    }
    return thread;
  }

  /** Every turn of the log stands in the mind, in its place, and nothing else does. */
  private static void assertSpellsTheLog(EpisodicConversations minds) {
    Mind mind = minds.conversation(HOME, List.of()).mind();
    List<LoggedTurn> turns = minds.log().turns(HOME);
    assertThat(mind.turns()).isEqualTo(turns.size());
    for (int place = 0; place < turns.size(); place++) {
      int[] tokens =
          IntStream.range(mind.startOfTurn(place), mind.startOfTurn(place + 1))
              .map(mind::token)
              .toArray();
      assertThat(spelled(minds, tokens)).contains(saidIn(turns.get(place)));
    }
  }

  private static String saidIn(LoggedTurn turn) {
    return turn.messages().getFirst().body().text();
  }

  private static String spelled(EpisodicConversations minds, int[] tokens) {
    return minds.model().words().tokenizer().decode(tokens);
  }

  @Test
  void forget_conversationNotOpenSinceTheStart_takesItsKeysAndValuesFromTheDisk() {
    with(
        (memory, minds) -> {
          for (int turn = 0; turn < 4; turn++) {
            say(minds, HOME, "my sister Zelandra keeps bees in Quillport");
            say(minds, WORK, "the garage door has a code with four numbers");
          }
        });
    int before = files("spans").size();
    with(
        (memory, minds) -> {
          ForgetReceipt receipt = memory.forget(new Erasure.OfConversation(HOME));

          assertThat(receipt.places())
              .extracting(ForgetReceipt.Erased::place)
              .containsExactly("log", "index", "keys and values");
          assertThat(receipt.places()).allSatisfy(place -> assertThat(place.items()).isPositive());
          memory.purge();
        });
    assertThat(files("spans")).isNotEmpty().hasSizeLessThan(before);
    assertThat(files("").stream().filter(file -> contains(file, "Quillport"))).isEmpty();

    with((memory, minds) -> memory.forget(new Erasure.OfTenant(HOME.tenant())));
    assertThat(files("spans")).isEmpty();
    assertThat(files("minds")).isEmpty();
  }

  /** What a test does with a memory while it is open. */
  @FunctionalInterface
  private interface Doing {
    void accept(Memory memory, EpisodicConversations minds) throws InterruptedException;
  }

  private void with(Doing what) {
    with(SmallMinds.SMALL, what);
  }

  private void with(MindOptions options, Doing what) {
    Path data = directory.resolve("data");
    Path model = directory.resolve("tiny.gguf");
    if (!Files.exists(model)) {
      TinyModel.GROUPED.writeTo(model);
    }
    try (var log = TurnLog.open(data.resolve("log"), CLOCK);
        var index = TurnIndex.open(data.resolve("index"), IndexOptions.DEFAULT, Optional.empty());
        var ready =
            ReadyModel.open(model, CLOCK, new EngineOptions(1, false), 1 << 26, Long.MAX_VALUE);
        var minds = new EpisodicConversations(ready, log, index, data, options, CLOCK);
        var memory = Memory.over(log, index, CLOCK, MemoryOptions.DEFAULT)) {
      memory.alsoErase(minds::eraseDerived);
      what.accept(memory, minds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static EpisodicTurn say(EpisodicConversations minds, ConversationKey key, String text) {
    return say(minds.conversation(key, List.of()), text, MindListener.NONE);
  }

  private static EpisodicTurn say(
      EpisodicConversation conversation, String text, MindListener listener) {
    var greedy = GenerationOptions.of(SamplingOptions.GREEDY, new StopRule(Set.of(), List.of(), 8));
    return conversation.say(text, greedy, listener, new CancelToken());
  }

  private List<Path> files(String part) {
    Path root = directory.resolve("data").resolve(part);
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(root)) {
      return files.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static boolean contains(Path file, String word) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(word);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
