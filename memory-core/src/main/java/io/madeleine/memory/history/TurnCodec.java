package io.madeleine.memory.history;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.madeleine.engine.token.ChatMessage;
import io.madeleine.engine.token.ToolCall;
import io.madeleine.memory.identity.ConversationKey;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A turn as bytes, big-endian: {@code tenant, conversation, id, attributes, messages}. Text is
 * UTF-8, or UTF-16 (a negative length) where it holds half a surrogate pair that UTF-8 would lose.
 */
final class TurnCodec {

  private static final int SYSTEM = 0;
  private static final int USER = 1;
  private static final int ASSISTANT = 2;
  private static final int TOOL_RESULT = 3;

  private TurnCodec() {}

  static byte[] encode(
      ConversationKey key,
      String id,
      List<LoggedMessage> messages,
      Map<String, String> attributes) {
    var bytes = new ByteArrayOutputStream(512);
    try (var out = new DataOutputStream(bytes)) {
      text(out, key.tenant().id());
      text(out, key.id());
      text(out, id);
      map(out, attributes);
      out.writeInt(messages.size());
      for (LoggedMessage message : messages) {
        message(out, message);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array in memory does not fail
    }
    return bytes.toByteArray();
  }

  private static void message(DataOutputStream out, LoggedMessage message) throws IOException {
    text(out, message.id());
    Instant at = message.at();
    out.writeLong(at.getEpochSecond());
    out.writeInt(at.getNano());
    text(out, message.speaker());
    map(out, message.attributes());
    switch (message.body()) {
      case ChatMessage.System(String text) -> {
        out.writeByte(SYSTEM);
        text(out, text);
      }
      case ChatMessage.User(String text) -> {
        out.writeByte(USER);
        text(out, text);
      }
      case ChatMessage.Assistant(String text, String thinking, List<ToolCall> calls) -> {
        out.writeByte(ASSISTANT);
        text(out, text);
        text(out, thinking);
        out.writeInt(calls.size());
        for (ToolCall call : calls) {
          text(out, call.id());
          text(out, call.name());
          text(out, call.arguments());
        }
      }
      case ChatMessage.ToolResult(String callId, String tool, String text, boolean failed) -> {
        out.writeByte(TOOL_RESULT);
        text(out, callId);
        text(out, tool);
        text(out, text);
        out.writeBoolean(failed);
      }
    }
  }

  static void map(DataOutputStream out, Map<String, String> map) throws IOException {
    out.writeInt(map.size());
    for (var entry : map.entrySet()) {
      text(out, entry.getKey());
      text(out, entry.getValue());
    }
  }

  static void text(DataOutputStream out, String text) throws IOException {
    if (UTF_8.newEncoder().canEncode(text)) {
      byte[] bytes = text.getBytes(UTF_8);
      out.writeInt(bytes.length);
      out.write(bytes);
    } else {
      out.writeInt(~text.length());
      out.writeChars(text);
    }
  }

  /** {@return who said it, leaving {@code in} behind the key} */
  static ConversationKey key(ByteBuffer in) {
    return ConversationKey.of(text(in), text(in));
  }

  static LoggedTurn decode(ByteBuffer in, long sequence, int index) {
    ConversationKey key = key(in);
    String written = text(in);
    String id = written.isEmpty() ? "t" + sequence : written;
    Map<String, String> attributes = map(in);
    int count = in.getInt();
    var messages = new ArrayList<LoggedMessage>();
    for (int i = 0; i < count; i++) {
      LoggedMessage message = message(in);
      messages.add(message.id().isEmpty() ? message.named(id + "." + i) : message);
    }
    return new LoggedTurn(key, sequence, index, id, messages, attributes);
  }

  private static LoggedMessage message(ByteBuffer in) {
    String id = text(in);
    Instant at = Instant.ofEpochSecond(in.getLong(), in.getInt());
    String speaker = text(in);
    Map<String, String> attributes = map(in);
    return new LoggedMessage(id, at, speaker, body(in), attributes);
  }

  private static ChatMessage body(ByteBuffer in) {
    int kind = in.get();
    return switch (kind) {
      case SYSTEM -> new ChatMessage.System(text(in));
      case USER -> new ChatMessage.User(text(in));
      case ASSISTANT -> new ChatMessage.Assistant(text(in), text(in), calls(in));
      case TOOL_RESULT -> new ChatMessage.ToolResult(text(in), text(in), text(in), in.get() != 0);
      default -> throw new IllegalArgumentException("no message is of kind " + kind);
    };
  }

  private static List<ToolCall> calls(ByteBuffer in) {
    int count = in.getInt();
    var calls = new ArrayList<ToolCall>();
    for (int i = 0; i < count; i++) {
      calls.add(new ToolCall(text(in), text(in), text(in)));
    }
    return calls;
  }

  static Map<String, String> map(ByteBuffer in) {
    int count = in.getInt();
    var map = new LinkedHashMap<String, String>();
    for (int i = 0; i < count; i++) {
      map.put(text(in), text(in));
    }
    return map;
  }

  static String text(ByteBuffer in) {
    int length = in.getInt();
    if (length < 0) {
      char[] units = new char[checked(in, 2L * ~length) / 2];
      for (int i = 0; i < units.length; i++) {
        units[i] = in.getChar();
      }
      return new String(units);
    }
    byte[] bytes = new byte[checked(in, length)];
    in.get(bytes);
    return new String(bytes, UTF_8);
  }

  private static int checked(ByteBuffer in, long length) {
    if (length > in.remaining()) {
      throw new IllegalArgumentException(
          "a text of %,d bytes cannot stand in the %,d that are left"
              .formatted(length, in.remaining()));
    }
    return (int) length;
  }
}
