package io.madeleine.langchain4j.message;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageDeserializer;
import dev.langchain4j.data.message.ChatMessageSerializer;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import io.madeleine.engine.token.ChatMessage.Assistant;
import io.madeleine.engine.token.ChatMessage.System;
import io.madeleine.engine.token.ChatMessage.ToolResult;
import io.madeleine.engine.token.ChatMessage.User;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.history.LoggedMessage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * LangChain4j's messages and the log's. The log keeps words, speaker and tool calls as its own, so
 * that they can be searched; what it has no place for (pictures, attributes, a missing id) goes
 * along as LangChain4j's JSON, so that a message comes back equal.
 */
public final class Messages {

  private static final String JSON = "langchain4j";

  private Messages() {}

  /** {@return the log's form of a message} */
  public static LoggedMessage toLog(ChatMessage message, Instant at) {
    String speaker = speaker(message).orElse("");
    var plain = new LoggedMessage("", at, speaker, body(message), Map.of());
    if (fromBody(plain).equals(message)) {
      return plain;
    }
    return new LoggedMessage(
        "", at, speaker, body(message), Map.of(JSON, ChatMessageSerializer.messageToJson(message)));
  }

  /** {@return the message that {@link #toLog} was given} */
  public static ChatMessage fromLog(LoggedMessage logged) {
    String json = logged.attributes().get(JSON);
    return json == null ? fromBody(logged) : ChatMessageDeserializer.messageFromJson(json);
  }

  /** {@return who says it, where several people speak and the message tells} */
  public static Optional<String> speaker(ChatMessage message) {
    return message instanceof UserMessage user
        ? Optional.ofNullable(user.name()).filter(name -> !name.isBlank())
        : Optional.empty();
  }

  /** {@return the words of a message, without pictures and sounds} */
  public static String words(ChatMessage message) {
    return switch (message) {
      case UserMessage user -> ofContents(user.contents());
      case AiMessage ai -> Objects.requireNonNullElse(ai.text(), "");
      case SystemMessage system -> system.text();
      case ToolExecutionResultMessage result -> ofContents(result.contents());
      default -> message.toString();
    };
  }

  /**
   * {@return {@code user} with excerpts before its own words, and an attribute that says so;
   * nothing else of it changes}
   */
  public static UserMessage behind(String excerpts, UserMessage user) {
    return Injected.behind(excerpts, user);
  }

  /** {@return whether excerpts stand {@link #behind before} the words of {@code message}} */
  public static boolean hasExcerpts(ChatMessage message) {
    return message instanceof UserMessage user && Injected.hasExcerpts(user);
  }

  /**
   * {@return {@code user} with an attribute that says what of it was {@code said}, if all of that
   * is still in it and something is around it; else {@code user} as it is} Words that were masked
   * since are not in it, so they do not come back.
   */
  public static UserMessage around(String said, UserMessage user) {
    return Injected.around(said, user);
  }

  /**
   * {@return {@code message} as it was said: without the excerpts that {@link #behind} put before
   * it, wherever they are by now, and without what is {@link #around} it} Nothing else is taken for
   * an excerpt, whatever it looks like.
   */
  public static ChatMessage asSaid(ChatMessage message) {
    return message instanceof UserMessage user ? asSaid(user) : message;
  }

  /** {@return {@code user} as it was said} */
  public static UserMessage asSaid(UserMessage user) {
    return Injected.without(user);
  }

  /**
   * {@return a message as a model reads it: words, reasoning and calls, without pictures}
   *
   * @throws IllegalArgumentException if its type is not known
   */
  public static io.madeleine.engine.token.ChatMessage body(ChatMessage message) {
    return switch (message) {
      case SystemMessage system -> new System(system.text());
      case UserMessage user -> new User(words(user));
      case AiMessage ai ->
          new Assistant(
              words(ai),
              Objects.requireNonNullElse(ai.thinking(), ""),
              ai.toolExecutionRequests().stream().map(Messages::call).toList());
      case ToolExecutionResultMessage result ->
          new ToolResult(
              Objects.requireNonNullElse(result.id(), ""),
              Objects.requireNonNullElse(result.toolName(), ""),
              words(result),
              Boolean.TRUE.equals(result.isError()));
      case CustomMessage custom -> new User(custom.toString());
      default ->
          throw new IllegalArgumentException(
              "a message of type %s is not known to this memory".formatted(message.type()));
    };
  }

  private static ToolCall call(ToolExecutionRequest request) {
    return new ToolCall(
        Objects.requireNonNullElse(request.id(), ""),
        request.name(),
        Objects.requireNonNullElse(request.arguments(), ""));
  }

  private static ChatMessage fromBody(LoggedMessage logged) {
    return switch (logged.body()) {
      case System(String text) -> SystemMessage.from(text);
      case User(String text) ->
          logged.speaker().isEmpty()
              ? UserMessage.from(text)
              : UserMessage.from(logged.speaker(), text);
      case Assistant assistant -> ai(assistant);
      case ToolResult(String callId, String tool, String text, boolean failed) ->
          failed
              ? ToolExecutionResultMessage.builder()
                  .id(callId)
                  .toolName(tool)
                  .text(text)
                  .isError(true)
                  .build()
              : ToolExecutionResultMessage.from(callId, tool, text);
    };
  }

  /** {@return what a model said} */
  public static AiMessage ai(Assistant said) {
    var ai =
        AiMessage.builder()
            .toolExecutionRequests(said.toolCalls().stream().map(Messages::request).toList());
    if (!said.text().isEmpty()) {
      ai.text(said.text());
    }
    if (!said.thinking().isEmpty()) {
      ai.thinking(said.thinking());
    }
    return ai.build();
  }

  /** {@return a call as LangChain4j asks for it} */
  public static ToolExecutionRequest request(ToolCall call) {
    return ToolExecutionRequest.builder()
        .id(call.id())
        .name(call.name())
        .arguments(call.arguments())
        .build();
  }

  private static String ofContents(List<Content> contents) {
    return contents.stream()
        .filter(TextContent.class::isInstance)
        .map(content -> ((TextContent) content).text())
        .collect(Collectors.joining("\n"));
  }
}
