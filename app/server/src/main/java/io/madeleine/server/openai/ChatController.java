package io.madeleine.server.openai;

import io.madeleine.server.access.Caller;
import io.madeleine.server.access.Streams;
import io.madeleine.server.openai.protocol.ChatRequest;
import io.madeleine.server.openai.protocol.ChatRequestReader;
import io.madeleine.server.openai.protocol.OpenAiException;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
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

  @PostMapping("/v1/chat/completions")
  Object complete(
      Caller caller,
      @RequestBody JsonNode body,
      @RequestHeader(name = CONVERSATION, required = false) String header,
      HttpServletRequest request) {
    ChatRequest chat = ChatRequestReader.read(body, properties.temperature());
    Optional<String> conversation =
        Optional.ofNullable(header)
            .map(ChatController::spelled)
            .or(chat::conversation)
            .or(chat::user);
    if (!streams.started(caller)) {
      throw OpenAiException.manyAtOnce(streams.most());
    }
    AnswerWriter writer = new AnswerWriter(answers.modelName(chat.model()), chat);
    if (!chat.stream()) {
      try {
        answers.answer(caller, conversation, chat, writer);
      } finally {
        streams.ended(caller);
      }
      return writer.whole();
    }
    var emitter = new SseEmitter(0L);
    writer.streamTo(emitter);
    Thread.ofVirtual().name("answer").start(() -> stream(caller, conversation, chat, writer));
    // A refusal before the first word still has a status of its own.
    writer.begun().join();
    return ResponseEntity.ok().contentType(MediaType.TEXT_EVENT_STREAM).body(emitter);
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

  /** Whatever ends it, the writer hears of it: nobody else would end a request that waits. */
  private void stream(
      Caller caller, Optional<String> conversation, ChatRequest chat, AnswerWriter writer) {
    try {
      answers.answer(caller, conversation, chat, writer);
      writer.completeStream();
    } catch (RuntimeException e) {
      writer.failStream(e);
    } catch (Error e) {
      writer.failStream(e);
      throw e;
    } finally {
      streams.ended(caller);
    }
  }
}
