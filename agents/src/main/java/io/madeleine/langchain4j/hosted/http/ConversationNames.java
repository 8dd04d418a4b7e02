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

  /**
   * {@return the name that the request itself gives, or one made of how its conversation begins}
   */
  String of(Fields body, List<Fields> messages) {
    String given = body.text("prompt_cache_key");
    String begin = body.at("system").value().write() + messages.getFirst().value().write();
    return given.isEmpty() ? hmac(tenant.id() + '\n' + begin) : given;
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
