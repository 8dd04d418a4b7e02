package io.madeleine.langchain4j.hosted.http;

import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.memory.identity.Tenant;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
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
   * {@return the name that the request itself gives, or one made of how its conversation begins:
   * the instructions, wherever its provider has them, and the first message behind them}
   */
  String of(Fields body, List<Fields> messages) {
    String given = body.text("prompt_cache_key");
    return given.isEmpty() ? hmac(tenant.id() + '\n' + begin(body, messages)) : given;
  }

  private static String begin(Fields body, List<Fields> messages) {
    var begin = new StringBuilder();
    INSTRUCTIONS.forEach(name -> begin.append(body.at(name).value().write()));
    for (Fields message : messages) {
      begin.append(message.value().write());
      if (!INSTRUCTING.contains(message.text("role"))) {
        break;
      }
    }
    return begin.toString();
  }

  private String hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] digest = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256; should not happen", e);
    }
  }
}
