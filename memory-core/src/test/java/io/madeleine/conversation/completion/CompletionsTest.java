package io.madeleine.conversation.completion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.madeleine.conversation.ready.ContextTooLongException;
import io.madeleine.conversation.ready.ReadyModel;
import io.madeleine.conversation.scheduling.SchedulerOptions;
import io.madeleine.engine.generation.FinishReason;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.grammar.JsonForm;
import io.madeleine.engine.grammar.TokenTrie;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.kv.KvType;
import io.madeleine.engine.model.EngineOptions;
import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.pause.PauseOptions;
import io.madeleine.testing.model.SpokenTemplates;
import io.madeleine.testing.model.TinyModel;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept of an answer, and what is not when somebody forgets it while it is written. */
final class CompletionsTest {

  private static final ConversationKey ADA = ConversationKey.of("acme", "ada");
  private static final long BYTES = 1L << 26;

  @TempDir Path directory;
  private ReadyModel model;

  @BeforeEach
  void open() {
    model =
        ReadyModel.open(
            TinyModel.GROUPED.writeTo(directory.resolve("tiny.gguf")),
            Clock.systemUTC(),
            new EngineOptions(1, /* warmUp= */ false),
            BYTES,
            Long.MAX_VALUE);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void start_nobodyForgets_cacheIsKeptAndParked() throws InterruptedException {
    assertThat(residentAndParkedAfter(completions -> {})).containsExactly(true, true);
  }

  @Test
  void forget_answerIsOnItsWay_nothingOfItIsKept() throws InterruptedException {
    assertThat(residentAndParkedAfter(completions -> completions.forget(ADA)))
        .containsExactly(false, false);
    assertThat(residentAndParkedAfter(completions -> completions.forget(ADA.tenant())))
        .containsExactly(false, false);
  }

  @Test
  void forget_somebodyElse_leavesTheAnswerOnItsWay() throws InterruptedException {
    assertThat(
            residentAndParkedAfter(
                completions -> {
                  completions.forget(ConversationKey.of("acme", "ben"));
                  completions.forget(ConversationKey.of("umbrella", "ada"));
                  completions.forget(new Tenant("umbrella"));
                }))
        .containsExactly(true, true);
  }

  @Test
  void tend_endedInAnErrorOnce_isDoneAgain() throws InterruptedException {
    var again = new CountDownLatch(3);
    var keeping =
        new CacheKeeping(
            PauseOptions.within(BYTES),
            Optional.empty(),
            1,
            Duration.ofMillis(1),
            () -> nanosOrAnErrorFor("madeleine-leases", again),
            Clock.systemUTC());
    try (var completions =
        new Completions(model, SchedulerOptions.DEFAULT, KvType.F32, BYTES, keeping)) {
      assertThat(again.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(completions.memoryBytes()).isZero();
    }
  }

  @Test
  void start_toolsThatTheModelWouldNotHearOf_namesTheModelAndWhatToDo() {
    Path file = directory.resolve("gemma.gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.source("gemma3"))
        .writeTo(file);
    var tools = List.of(new ToolSpec("look", "looks", "{\"type\":\"object\"}"));
    try (var deaf =
            ReadyModel.open(
                file, Clock.systemUTC(), new EngineOptions(1, false), BYTES, Long.MAX_VALUE);
        var completions = new Completions(deaf, SchedulerOptions.DEFAULT, KvType.F32, BYTES)) {
      CompletionRequest request =
          new CompletionRequest(
              ADA.tenant(),
              List.of(new ChatMessage.User("hello")),
              tools,
              SamplingOptions.GREEDY,
              List.of(),
              OptionalInt.of(4),
              Optional.empty(),
              -1);
      assertThatThrownBy(() -> completions.start(request, CompletionListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("model '" + deaf.name() + "'")
          .hasMessageContaining("offer none, or use a model");
      assertThat(completions.memoryBytes()).isZero();
    }
  }

  @Test
  void start_formBehindAPromptThatOpensReasoning_isTheAnswer() {
    Path file = directory.resolve("reasons.gguf");
    TinyModel.GROUPED
        .writer()
        .string("tokenizer.chat_template", SpokenTemplates.REASONING)
        .writeTo(file);
    try (var reasoning =
            ReadyModel.open(
                file, Clock.systemUTC(), new EngineOptions(1, false), BYTES, Long.MAX_VALUE);
        var completions = new Completions(reasoning, SchedulerOptions.DEFAULT, KvType.F32, BYTES)) {
      Tokenizer tokenizer = reasoning.words().tokenizer();
      JsonForm form =
          JsonForm.of(Json.parse("{\"enum\":[\"yes\"]}"), tokenizer, TokenTrie.of(tokenizer));
      CompletionRequest request =
          new CompletionRequest(
              ADA.tenant(),
              List.of(new ChatMessage.User("hello")),
              List.of(),
              SamplingOptions.GREEDY,
              List.of(),
              OptionalInt.of(40),
              Optional.of(form.newMask()),
              -1);

      ChatMessage.Assistant answer =
          completions.start(request, CompletionListener.NONE).done().join().message();

      assertThat(answer.text()).isEqualTo("\"yes\"");
      assertThat(answer.thinking()).isEmpty();
    }
  }

  @Test
  void start_twoCallsAndATemplateThatTakesOne_isAnswered() {
    Path file = directory.resolve("single.gguf");
    String single =
        """
        {%- for m in messages -%}
        {%- if m.tool_calls and m.tool_calls | length > 1 -%}{{- raise_exception('one call') -}}{%- endif -%}
        {{- '<|im_start|>' + m.role + (m.tool_calls or '') | string + m.content + '<|im_end|>' -}}
        {%- endfor -%}
        """;
    TinyModel.GROUPED.writer().string("tokenizer.chat_template", single).writeTo(file);
    var oak = new ToolCall("aaaaaaaa1", "look", "{}");
    var elm = new ToolCall("aaaaaaaa2", "look", "{}");
    try (var opened =
            ReadyModel.open(
                file, Clock.systemUTC(), new EngineOptions(1, false), BYTES, Long.MAX_VALUE);
        var completions = new Completions(opened, SchedulerOptions.DEFAULT, KvType.F32, BYTES)) {
      CompletionRequest request =
          new CompletionRequest(
              ADA.tenant(),
              List.of(
                  new ChatMessage.User("hello"),
                  new ChatMessage.Assistant("", "", List.of(oak, elm)),
                  new ChatMessage.ToolResult(oak.id(), "look", "nine", false),
                  new ChatMessage.ToolResult(elm.id(), "look", "ten", false)),
              List.of(),
              SamplingOptions.GREEDY,
              List.of(),
              OptionalInt.of(1),
              Optional.empty(),
              -1);

      assertThat(completions.start(request, CompletionListener.NONE).done())
          .succeedsWithin(Duration.ofMinutes(1));
    }
  }

  private static long nanosOrAnErrorFor(String thread, CountDownLatch asked) {
    if (Thread.currentThread().getName().equals(thread)) {
      asked.countDown();
      throw new OutOfMemoryError("no room to look after anything");
    }
    return System.nanoTime();
  }

  @Test
  void start_cancelledWhileItWaits_completesWithNothingWritten() throws InterruptedException {
    var gate = new Gate();
    var oneAtATime = new SchedulerOptions(1, 10, SchedulerOptions.DEFAULT.stepTokens());
    try (var completions = new Completions(model, oneAtATime, KvType.F32, BYTES)) {
      Completing first = completions.start(request(gate), CompletionListener.NONE);
      gate.reached.await();
      Completing second = completions.start(request(new Gate()), CompletionListener.NONE);
      second.cancel();
      gate.open.countDown();

      assertThat(second.done().join().finish()).isEqualTo(FinishReason.CANCELLED);
      assertThat(second.done().join().usage().answerTokens()).isZero();
      assertThat(first.done().join().finish()).isEqualTo(FinishReason.LENGTH);
    } finally {
      gate.open.countDown();
    }
  }

  @Test
  void start_formThatCannotGoOn_failsWithWhatTheFormThrew() {
    var refused = new IllegalArgumentException("too ambiguous, says a test");
    try (var completions = new Completions(model, SchedulerOptions.DEFAULT, KvType.F32, BYTES)) {
      Completing answer =
          completions.start(request(new Refusing(refused)), CompletionListener.NONE);

      assertThatThrownBy(answer.done()::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isSameAs(refused);
    }
  }

  /** The second goes on from half of the first, the third from all of it. */
  @Test
  void start_memoryEndsBeforeTheAnswer_isWhatThereIsRoomFor() {
    try (var completions = holding(256)) {
      assertThat(completions.contextLength()).isEqualTo(256);
      String question = "what is it that everybody wants to know of you today?";
      for (String text : List.of(question, question.replace("today", "now"), question)) {
        Completion answer = completions.start(endless(text), CompletionListener.NONE).done().join();

        assertThat(answer.finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(answer.usage().promptTokens() + answer.usage().answerTokens()).isEqualTo(256);
      }
    }
  }

  @Test
  void start_promptThatTheMemoryNeverHolds_isRefusedAndTakesNobodysCache() {
    try (var completions = holding(256)) {
      answer(completions, 1);
      long before = completions.memoryBytes();

      assertThatThrownBy(
              () -> completions.start(endless("word ".repeat(400)), CompletionListener.NONE))
          .isInstanceOf(ContextTooLongException.class)
          .hasMessageContaining("the memory for keys and values holds 255");
      assertThat(completions.memoryBytes()).isEqualTo(before).isPositive();
    }
  }

  /** Each knows its prompt already, has room enough alone, and lacks what the other holds. */
  @Test
  void start_twoReturnWhereOnlyOneFits_bothAnswerWhatTheyAnswerAlone() throws InterruptedException {
    String question = "what is it that %s wants to know of you today, and why is that so?";
    List<String> questions = List.of(question.formatted("one"), question.formatted("she"));
    List<Completion> alone;
    try (var completions = holding(TinyModel.CONTEXT)) {
      alone = questions.stream().map(each -> written(completions, each, 64)).toList();
    }
    int prompts = alone.stream().mapToInt(each -> each.usage().promptTokens()).sum();
    assertThat(prompts).as("a prompt is no shorter than an answer").isGreaterThan(128);
    try (var completions = holding(prompts + 2 * KvType.PAGE_TOKENS)) {
      questions.forEach(each -> written(completions, each, 1));
      var gate = new Gate();
      Completing first =
          completions.start(asked(questions.get(0), 64, gate), CompletionListener.NONE);
      gate.reached.await();
      Completing second =
          completions.start(asked(questions.get(1), 64, passing()), CompletionListener.NONE);
      gate.open.countDown();

      assertThat(first.done().join().message()).isEqualTo(alone.get(0).message());
      assertThat(second.done().join().message()).isEqualTo(alone.get(1).message());
      assertThat(second.done().join().usage().cachedTokens()).isPositive();
      assertThat(completions.load().preemptions()).isPositive();
    }
  }

  private static Completion written(Completions completions, String text, int tokens) {
    return completions.start(asked(text, tokens, passing()), CompletionListener.NONE).done().join();
  }

  private static Gate passing() {
    var gate = new Gate();
    gate.open.countDown();
    return gate;
  }

  private static CompletionRequest asked(String text, int tokens, TokenMask form) {
    return new CompletionRequest(
        ADA.tenant(),
        List.of(new ChatMessage.User(text)),
        List.of(),
        SamplingOptions.GREEDY,
        List.of(),
        OptionalInt.of(tokens),
        Optional.of(form),
        -1);
  }

  private Completions holding(int tokens) {
    long bytes = model.transformer().kvShape().bytes(tokens, KvType.F32);
    return new Completions(model, SchedulerOptions.DEFAULT, KvType.F32, bytes);
  }

  private static CompletionRequest endless(String text) {
    return new CompletionRequest(
        ADA.tenant(),
        List.of(new ChatMessage.User(text)),
        List.of(),
        SamplingOptions.GREEDY,
        List.of(),
        OptionalInt.empty(),
        Optional.of(passing()),
        -1);
  }

  @Test
  void tend_memoryWasShort_copiesACacheBeforeItHasToGo() {
    long bytes = model.transformer().kvShape().bytes(512, KvType.F32);
    var keeping =
        new CacheKeeping(
            PauseOptions.within(bytes),
            Optional.of(directory.resolve("disk")),
            BYTES,
            Duration.ZERO,
            System::nanoTime,
            Clock.systemUTC());
    try (var completions =
        new Completions(model, SchedulerOptions.DEFAULT, KvType.F32, bytes, keeping)) {
      for (int i = 0; i < 512 && completions.diskBytes() == 0; i++) {
        completions.tend();
        assertThat(completions.diskBytes()).as("until memory is short").isZero();
        answer(completions, i);
      }
      long before = completions.diskBytes();
      long inMemory = completions.memoryBytes();
      assertThat(before).isPositive();

      completions.tend();

      assertThat(completions.diskBytes()).isGreaterThan(before);
      assertThat(completions.memoryBytes()).isEqualTo(inMemory);
    }
  }

  private static void answer(Completions completions, int number) {
    var request =
        new CompletionRequest(
            ADA.tenant(),
            List.of(new ChatMessage.User(number + " is what this one begins with")),
            List.of(),
            SamplingOptions.GREEDY,
            List.of(),
            OptionalInt.of(4),
            Optional.empty(),
            -1,
            Program.of(ConversationKey.of("acme", "program " + number)));
    completions.start(request, CompletionListener.NONE).done().join();
  }

  /** Lets an answer begin, does something, and lets it end. */
  private List<Boolean> residentAndParkedAfter(Consumer<Completions> meanwhile)
      throws InterruptedException {
    var keeping =
        new CacheKeeping(
            PauseOptions.within(BYTES),
            Optional.of(directory.resolve("disk")),
            BYTES,
            Duration.ZERO,
            System::nanoTime,
            Clock.systemUTC());
    var gate = new Gate();
    var completions = new Completions(model, SchedulerOptions.DEFAULT, KvType.F32, BYTES, keeping);
    boolean resident;
    try {
      Completing answer = completions.start(request(gate), CompletionListener.NONE);
      gate.reached.await();
      meanwhile.accept(completions);
      gate.open.countDown();
      answer.done().join();
      resident = completions.isResident(ADA);
      assertThat(completions.memoryBytes() > 0).isEqualTo(resident);
    } finally {
      gate.open.countDown();
      completions.close();
    }
    return List.of(resident, completions.diskBytes() > 0);
  }

  private static CompletionRequest request(TokenMask form) {
    return new CompletionRequest(
        ADA.tenant(),
        List.of(new ChatMessage.User("a secret that is long enough to be worth a file")),
        List.of(),
        SamplingOptions.GREEDY,
        List.of(),
        OptionalInt.of(4),
        Optional.of(form),
        -1,
        Program.of(ADA));
  }

  /** Cannot go on. */
  private record Refusing(RuntimeException why) implements TokenMask {
    @Override
    public TokenSet allowed() {
      throw why;
    }

    @Override
    public boolean mayEnd() {
      return false;
    }

    @Override
    public void accept(int token) {}
  }

  /** Holds the model back at the first token. */
  private static final class Gate implements TokenMask {
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    @Override
    public TokenSet allowed() {
      reached.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return TokenSet.of(200_000, id -> true);
    }

    @Override
    public boolean mayEnd() {
      return false;
    }

    @Override
    public void accept(int token) {}
  }
}
