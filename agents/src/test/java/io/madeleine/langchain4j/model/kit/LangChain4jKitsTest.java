package io.madeleine.langchain4j.model.kit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * LangChain4j's own kits on the engine. What the toy cannot know is listed, with the reason, and
 * must fail; everything else must pass. A real model, {@code -Dmadeleine.it.model=FILE}, must pass
 * all. What is switched off stands in {@link Skips}.
 */
final class LangChain4jKitsTest {

  private static final String GEOGRAPHY = "it was told no capital of Germany";
  private static final String WORDS = "it says only sentences of its own world";
  private static final String TOOLS =
      "it knows three tools and calls them by their names in training";

  private static final String STORIES =
      "asked for a long story it says one word, and is done before anybody can cancel it";

  private static final Map<String, String> OF_ANY_KIND =
      Map.ofEntries(
          Map.entry("should_respect_user_message", GEOGRAPHY),
          Map.entry("should_respect_JSON_response_format", GEOGRAPHY),
          Map.entry("should_respect_JSON_response_format_with_schema", GEOGRAPHY),
          Map.entry("should_respect_JsonRawSchema_responseFormat", GEOGRAPHY),
          Map.entry("should_respect_system_message", WORDS),
          Map.entry("should_respect_multiple_messages", WORDS),
          Map.entry("should_respect_stopSequences_in_chat_request", WORDS),
          Map.entry("should_respect_stopSequences_in_default_model_parameters", WORDS),
          Map.entry("should_execute_a_tool_then_answer", TOOLS),
          Map.entry("should_execute_a_tool_without_arguments_then_answer", TOOLS),
          Map.entry("should_execute_multiple_tools_in_parallel_then_answer", TOOLS),
          Map.entry("should_force_LLM_to_execute_any_tool", TOOLS),
          Map.entry("should_force_LLM_to_execute_specific_tool", TOOLS),
          Map.entry(
              "should_execute_a_tool_then_answer_respecting_JSON_response_format_with_schema",
              TOOLS));

  private static final Map<String, String> OF_STREAMS =
      Map.of(
          "should_cancel_streaming", STORIES,
          "should_propagate_user_exceptions_thrown_from_onPartialResponse", GEOGRAPHY,
          "should_propagate_user_exceptions_thrown_from_onCompleteResponse", GEOGRAPHY,
          "should_ignore_user_exceptions_thrown_from_onError", GEOGRAPHY);

  @Test
  void blockingKit_failsWhatTheToyCannotKnow() {
    assertThat(failuresOf(BlockingKit.class, 20)).isEqualTo(expected(OF_ANY_KIND));
  }

  @Test
  void streamingKit_failsWhatTheToyCannotKnow() {
    var all = new HashMap<>(OF_ANY_KIND);
    all.putAll(OF_STREAMS);
    assertThat(failuresOf(StreamingKit.class, 24)).isEqualTo(expected(all));
  }

  @Test
  void listenerKits_failNothing() {
    assertThat(failuresOf(BlockingListenerKit.class, 2)).isEmpty();
    assertThat(failuresOf(StreamingListenerKit.class, 2)).isEmpty();
  }

  /** Adders, dates of birth, photographs: not one of its 22 tests is about a tool that it knows. */
  @Test
  void aiServicesKit_isAboutToolsThatTheToyWasNeverTaught() {
    Set<String> failed = failuresOf(AiServiceWithToolsKit.class, 22);
    assertThat(failed).hasSize(KitModel.isToy() ? 22 : 0);
  }

  private static Set<String> expected(Map<String, String> unknownToTheToy) {
    return KitModel.isToy() ? new TreeSet<>(unknownToTheToy.keySet()) : Set.of();
  }

  private static Set<String> failuresOf(Class<?> kit, int atLeast) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(kit)).build();
    var heard = new Outcomes();
    LauncherFactory.create().execute(request, heard);
    assertThat(heard.run).as("tests that ran: " + heard.why).isGreaterThanOrEqualTo(atLeast);
    return heard.why.keySet();
  }

  private static final class Outcomes implements TestExecutionListener {
    private final Map<String, String> why = new TreeMap<>();
    private int run;

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (test.isTest()) {
        run++;
      }
      if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
        String name =
            test.getSource()
                .filter(MethodSource.class::isInstance)
                .map(source -> ((MethodSource) source).getMethodName())
                .orElse(test.getDisplayName());
        why.put(name, String.valueOf(result.getThrowable().orElse(null)));
      }
    }
  }
}
