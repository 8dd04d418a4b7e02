package io.madeleine.remote;

import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.retention.TtlDecision;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What vLLM can be told with a request, for LangChain4j's {@code customParameters}. vLLM has no
 * pins: a salt keeps tenants apart, the session and the order of arrival help its scheduler, and
 * the computed lease goes along as a hint for plugins that read it.
 */
public final class VllmHints {

  private final String secret;
  private final boolean priorities;

  /**
   * @param secret makes salts and sessions unguessable
   * @param priorities whether the server runs with {@code --scheduling-policy priority}; it refuses
   *     priorities otherwise
   */
  public VllmHints(String secret, boolean priorities) {
    this.secret = secret;
    this.priorities = priorities;
  }

  /** {@return the fields of a request of a program} */
  public Map<String, Object> of(ConversationKey program, long arrival) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("cache_salt", salt(program.tenant()));
    fields.put("session_id", session(program));
    if (priorities) {
      // Lower is earlier, and programs are served in the order in which they arrived.
      fields.put("priority", (int) Math.min(Integer.MAX_VALUE, arrival));
    }
    return fields;
  }

  /** {@return the same with what was decided when the program's last tool was called} */
  public Map<String, Object> of(ConversationKey program, long arrival, TtlDecision lease) {
    Map<String, Object> fields = of(program, arrival);
    fields.put(
        "vllm_xargs",
        Map.of(
            "job_id", session(program),
            "last_func_call", lease.pause().toolKey(),
            "retention_seconds", lease.seconds(),
            "is_last_step", 0));
    return fields;
  }

  /** {@return what two tenants never share} */
  public String salt(Tenant tenant) {
    return Wire.keyed(secret, "salt\n" + tenant.id());
  }

  private String session(ConversationKey program) {
    return Wire.keyed(secret, "session\n" + program.tenant().id() + '\n' + program.id());
  }

  /**
   * Empties the prefix cache, of all tenants: vLLM has no smaller broom. The server must run in
   * development mode, which must never be reachable from outside.
   */
  public static void resetPrefixCache(HttpClient client, URI server) {
    new Wire(client, server)
        .post(
            "/reset_prefix_cache?reset_running_requests=false&reset_external=true", Wire.object());
  }
}
