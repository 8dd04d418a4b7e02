package io.madeleine.langchain4j.model;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import io.madeleine.conversation.completion.CompletionRequest;
import io.madeleine.conversation.completion.Program;
import io.madeleine.engine.generation.SamplingOptions;
import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.token.ToolSpec;
import io.madeleine.langchain4j.form.Forms;
import io.madeleine.langchain4j.message.Messages;
import io.madeleine.memory.identity.ConversationKey;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Says a LangChain4j request in the engine's words, or which part of it the engine cannot do. */
final class Requests {

  private static final String NO_PARAMETERS = "{\"type\":\"object\",\"properties\":{}}";

  private final ModelSettings settings;
  private final Forms forms;

  Requests(ModelSettings settings) {
    this.settings = settings;
    this.forms = new Forms(settings.model());
    refuseOtherModel(settings.defaults().modelName());
  }

  /**
   * {@return the request of the engine}
   *
   * @param conversation whose it is, if that is known
   * @throws UnsupportedFeatureException if it asks for what the engine cannot do
   * @throws InvalidRequestException if a number is out of its range
   */
  CompletionRequest of(ChatRequest chat, Optional<String> conversation) {
    check(chat);
    try {
      return new CompletionRequest(
              settings.tenant(),
              chat.messages().stream().map(Messages::body).toList(),
              tools(chat),
              sampling(chat),
              Objects.requireNonNullElse(chat.stopSequences(), List.of()),
              mostTokens(chat.maxOutputTokens()),
              mask(chat),
              -1)
          .in(
              new Program(
                  conversation.map(id -> new ConversationKey(settings.tenant(), id)),
                  ToolHints.of(chat)));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Looks at a request without reading it.
   *
   * @throws UnsupportedFeatureException if it asks for what the engine cannot do
   */
  void check(ChatRequest chat) {
    refuse(given(chat.frequencyPenalty()), "frequencyPenalty is not supported: leave it out");
    refuse(given(chat.presencePenalty()), "presencePenalty is not supported: leave it out");
    refuseOtherModel(chat.modelName());
    refuse(
        mustCall(chat) && tools(chat).isEmpty(),
        "ToolChoice.REQUIRED is not supported without tools: give at least one");
    refuse(
        isJson(chat) && !mustCall(chat) && !tools(chat).isEmpty() && !forms.leavesRoomForCalls(),
        "responseFormat JSON and tools in one request are not supported for a model that writes its"
            + " calls as plain JSON: ask in two steps");
    settings
        .model()
        .refusal(tools(chat))
        .ifPresent(
            why -> {
              throw new UnsupportedFeatureException(why);
            });
    chat.messages().forEach(Requests::refusePictures);
  }

  private Optional<TokenMask> mask(ChatRequest chat) {
    return mustCall(chat)
        ? Optional.of(forms.call(tools(chat)))
        : forms.mask(chat.responseFormat(), tools(chat));
  }

  private static boolean mustCall(ChatRequest chat) {
    return chat.toolChoice() == ToolChoice.REQUIRED;
  }

  private static boolean isJson(ChatRequest chat) {
    return chat.responseFormat() != null && chat.responseFormat().type() == ResponseFormatType.JSON;
  }

  private void refuseOtherModel(@Nullable String asked) {
    String name = settings.model().name();
    refuse(
        asked != null && !asked.equals(name),
        "modelName '%s' is not supported, only '%s' is served here".formatted(asked, name));
  }

  private static boolean given(@Nullable Double penalty) {
    return penalty != null && penalty != 0;
  }

  private static void refusePictures(ChatMessage message) {
    Stream<Content> contents =
        switch (message) {
          case UserMessage user -> user.contents().stream();
          case ToolExecutionResultMessage result -> result.contents().stream();
          case CustomMessage custom ->
              throw new UnsupportedFeatureException(
                  "a CustomMessage cannot be told to this model: say it as a UserMessage");
          default -> Stream.of();
        };
    contents
        .filter(content -> !(content instanceof TextContent))
        .findFirst()
        .ifPresent(
            content ->
                refuse(
                    true,
                    "%s content is not supported: words only"
                        .formatted(content.type().name().toLowerCase(Locale.ROOT))));
  }

  private static void refuse(boolean asked, String why) {
    if (asked) {
      throw new UnsupportedFeatureException(why);
    }
  }

  private static List<ToolSpec> tools(ChatRequest chat) {
    return chat.toolSpecifications() == null || chat.toolChoice() == ToolChoice.NONE
        ? List.of()
        : chat.toolSpecifications().stream().map(Requests::tool).toList();
  }

  private static ToolSpec tool(ToolSpecification tool) {
    return new ToolSpec(
        tool.name(),
        Objects.requireNonNullElse(tool.description(), ""),
        tool.parameters() == null ? NO_PARAMETERS : Forms.schema(tool.parameters()));
  }

  private static OptionalInt mostTokens(@Nullable Integer asked) {
    if (asked == null) {
      return OptionalInt.empty();
    }
    if (asked < 1) {
      throw new IllegalArgumentException(
          "maxOutputTokens must be at least 1, but was %d".formatted(asked));
    }
    return OptionalInt.of(asked);
  }

  private SamplingOptions sampling(ChatRequest chat) {
    var sampling =
        SamplingOptions.builder()
            .temperature(Objects.requireNonNullElse(chat.temperature(), 0.0))
            .topK(Objects.requireNonNullElse(chat.topK(), 0))
            .topP(Objects.requireNonNullElse(chat.topP(), 1.0));
    return sampling.seed(settings.seeds().getAsLong()).build();
  }
}
