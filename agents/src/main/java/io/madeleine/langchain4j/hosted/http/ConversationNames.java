package io.madeleine.langchain4j.hosted.http;

import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.memory.identity.Tenant;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names of conversations that a provider may see: they tell nothing of what was said, and those of
 * two tenants are never the same.
 *
 * @param tenant whose
 * @param secret makes them unguessable
 */
record ConversationNames(Tenant tenant, String secret) {

  /** Beside the messages: Anthropic's and Bedrock's, OpenAI's responses', Gemini's. */
  private static final List<String> INSTRUCTIONS =
      List.of("system", "instructions", "systemInstruction");

  /** Among the messages: OpenAI's. */
  private static final List<String> INSTRUCTING = List.of("system", "developer");

  /**
   * {@return the name that the request itself gives, or one made of its instructions and the memory
   * for which it is made, whose window slides; where none is known, of how its messages begin}
   *
   * @param memory the id of the memory
   */
  String of(Fields body, List<Fields> messages, Optional<String> memory) {
    String given = body.text("prompt_cache_key");
    if (!given.isEmpty()) {
      return given;
    }
    return memory
        .map(id -> hmac("memory %d %s%n".formatted(id.length(), id) + instructions(body, messages)))
        .orElseGet(() -> begin(body, messages));
  }

  /**
   * {@return how its messages begin: the instructions, wherever its provider has them, and the
   * first message behind them}
   */
  String begin(Fields body, List<Fields> messages) {
    String first =
        messages.stream()
            .filter(message -> !instructs(message))
            .findFirst()
            .map(message -> message.value().write())
            .orElse("");
    return hmac(instructions(body, messages) + first);
  }

  private static String instructions(Fields body, List<Fields> messages) {
    var instructions = new StringBuilder();
    INSTRUCTIONS.forEach(name -> instructions.append(body.at(name).value().write()));
    messages.stream()
        .takeWhile(ConversationNames::instructs)
        .forEach(message -> instructions.append(message.value().write()));
    return instructions.toString();
  }

  private static boolean instructs(Fields message) {
    return INSTRUCTING.contains(message.text("role"));
  }

  private String hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] digest = mac.doFinal((tenant.id() + '\n' + text).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256; should not happen", e);
    }
  }
}
