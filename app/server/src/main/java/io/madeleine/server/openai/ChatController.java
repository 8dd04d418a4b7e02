package io.madeleine.server.openai;

import io.madeleine.server.access.Caller;
import io.madeleine.server.access.Streams;
import io.madeleine.server.events.EventStream;
import io.madeleine.server.openai.protocol.ChatRequest;
import io.madeleine.server.openai.protocol.ChatRequestReader;
import io.madeleine.server.openai.protocol.OpenAiException;
import io.madeleine.server.openai.protocol.Wire;
import jakarta.servlet.http.HttpServletResponse;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/**
 * {@code POST /v1/chat/completions}. A request that names a conversation, by header, by {@code
 * user} or in the metadata, says its last message in it and the server remembers the rest; with
 * tools it is answered from the messages it brings, and remembered. One that names none is answered
 * from its messages alone.
 */
@RestController
@EnableConfigurationProperties(AnswerProperties.class)
class ChatController {

  /** Names the conversation. */
  static final String CONVERSATION = "Madeleine-Conversation";

  private final Answers answers;
  private final Streams streams;
  private final AnswerProperties properties;

  ChatController(Answers answers, Streams streams, AnswerProperties properties) {
    this.properties = properties;
    this.answers = answers;
    this.streams = streams;
  }

  /** {@return the whole answer, or null of one that was streamed} */
  @PostMapping("/v1/chat/completions")
  @Nullable Object complete(
      Caller caller,
      @RequestBody JsonNode body,
      @RequestHeader(name = CONVERSATION, required = false) String header,
      HttpServletResponse response) {
    ChatRequest chat = ChatRequestReader.read(body, properties.temperature());
    Optional<String> conversation =
        Optional.ofNullable(header)
            .map(ChatController::spelled)
            .filter(name -> !name.isBlank())
            .or(chat::conversation)
            .or(chat::user);
    if (!streams.started(caller)) {
      throw OpenAiException.manyAtOnce(streams.most());
    }
    try {
      return chat.stream()
          ? stream(caller, conversation, chat, EventStream.of(response))
          : whole(caller, conversation, chat);
    } finally {
      streams.ended(caller);
    }
  }

  private Wire.ChatCompletion whole(
      Caller caller, Optional<String> conversation, ChatRequest chat) {
    var writer = new AnswerWriter(answers.modelName(chat.model()), chat, Optional.empty());
    answers.answer(caller, conversation, chat, writer);
    return writer.whole();
  }

  /**
   * Writes on the request's own thread. A refusal has its status as long as nothing was told; one
   * behind a first word or comment is an error event of the stream.
   */
  private @Nullable Object stream(
      Caller caller, Optional<String> conversation, ChatRequest chat, EventStream events) {
    var writer = new AnswerWriter(answers.modelName(chat.model()), chat, Optional.of(events));
    try {
      answers.answer(caller, conversation, chat, writer);
      writer.completeStream();
    } catch (RuntimeException | Error e) {
      if (!events.begun()) {
        throw e;
      }
      writer.failStream(e);
    }
    return null;
  }

  /** A header is read as Latin-1; who has other letters sends them in UTF-8. */
  private static String spelled(String header) {
    ByteBuffer bytes = ByteBuffer.wrap(header.getBytes(StandardCharsets.ISO_8859_1));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      return header;
    }
  }
}
