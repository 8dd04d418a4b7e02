package io.madeleine.langchain4j.hosted;

import dev.langchain4j.http.client.HttpClientBuilder;
import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.HostedSetting.Lifetime;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.retention.GapRecorder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Caching for one tenant's hosted model, put under LangChain4j's HTTP client:
 *
 * <pre>{@code
 * var caching = new HostedCaching(tenant, secret, price, sheet.asOf(), false, System::nanoTime);
 * AnthropicChatModel.builder().httpClientBuilder(caching.over(new JdkHttpClientBuilder())) …
 * }</pre>
 *
 * <p>It learns how long people and tools take, marks each request for the cheapest lifetime, and
 * adds up what each conversation costs. A conversation is told by its instruction and first
 * message. At most {@value #CONVERSATIONS} are remembered. Thread-safe.
 */
public final class HostedCaching {

  /** Conversations whose cost and pauses are remembered. */
  public static final int CONVERSATIONS = 4096;

  /** The key of pauses between two turns of a person. */
  public static final String PERSON = "person";

  private static final String TOOLS = "tools";

  private static final int ENOUGH = 30;
  private static final double CHARACTERS_PER_TOKEN = 4;

  /** Before any answer was seen: one in ten is the last before a person speaks. */
  private static final double USUAL_ANSWERS = 1;

  private static final double USUAL_REQUESTS = 10;

  private final Tenant tenant;
  private final String secret;
  private final Price price;
  private final LocalDate pricesAsOf;
  private final HostedTtl ttl;
  private final LongSupplier nanoClock;
  private final GapRecorder gaps = new GapRecorder();
  private long answered;
  private long finals;
  private final Map<String, Course> courses =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Course> eldest) {
          return size() > CONVERSATIONS;
        }
      };

  /**
   * A request on its way.
   *
   * @param conversation which
   * @param body as it is sent
   */
  record Sent(String conversation, Json body) {}

  /**
   * What a conversation came to.
   *
   * @param conversation its key, which the provider sees too; tells nothing of what was said
   * @param requests answered
   * @param usage of all of them
   * @param dollars by the price sheet
   * @param pricesAsOf the sheet's date
   * @param lastDecision what the provider was told last, and why
   */
  public record Cost(
      String conversation,
      int requests,
      CacheUsage usage,
      double dollars,
      LocalDate pricesAsOf,
      String lastDecision) {}

  /** How a conversation went so far. */
  private static final class Course {
    private CacheUsage usage = CacheUsage.ZERO;
    private int requests;
    private long tokens;
    private long asked;
    private int characters;
    private String waitsFor = "";
    private long endedNanos;
    private String lastDecision = "";

    /** As many as the request before had for its length. */
    long tokensOf(int more) {
      double each =
          tokens > 0 && characters > 0 ? (double) characters / tokens : CHARACTERS_PER_TOKEN;
      return (long) (more / each);
    }
  }

  /**
   * @param tenant whose conversations; their keys differ from any other tenant's
   * @param secret makes the keys unguessable
   * @param price of the model
   * @param pricesAsOf the price sheet's date
   * @param mayKeepForADay whether a prompt may lie at the provider for a day
   * @param nanoClock the monotonic clock
   */
  public HostedCaching(
      Tenant tenant,
      String secret,
      Price price,
      LocalDate pricesAsOf,
      boolean mayKeepForADay,
      LongSupplier nanoClock) {
    this.tenant = tenant;
    this.secret = secret;
    this.price = price;
    this.pricesAsOf = pricesAsOf;
    this.ttl = new HostedTtl(price, mayKeepForADay);
    this.nanoClock = nanoClock;
  }

  /** {@return a builder of clients whose requests are marked and whose answers are counted} */
  public HttpClientBuilder over(HttpClientBuilder builder) {
    return new CachingHttpClient.Builder(builder, this);
  }

  /** {@return what each conversation came to, the longest silent first} */
  public synchronized List<Cost> costs() {
    var costs = new ArrayList<Cost>();
    courses.forEach(
        (key, course) ->
            costs.add(
                new Cost(
                    key,
                    course.requests,
                    course.usage,
                    price.dollars(course.usage),
                    pricesAsOf,
                    course.lastDecision)));
    return costs;
  }

  /** {@return how long people and tools took} */
  public GapRecorder gaps() {
    return gaps;
  }

  /** {@return the request as it is to be sent; empty if it is no request for an answer} */
  synchronized Optional<Sent> asked(Json body) {
    var fields = new Fields(body);
    List<Fields> messages = messages(fields);
    if (messages.isEmpty()) {
      return Optional.empty();
    }
    String key = key(fields, messages);
    Course course = courses.computeIfAbsent(key, _ -> new Course());
    learn(course, bringsResults(messages.getLast()));
    int characters = body.write().length();
    long added = Math.max(1, course.tokensOf(characters - course.characters));
    long prefix = course.tokens + added;
    course.characters = characters;
    course.asked = prefix;
    GapOdds people = GapOdds.recorded(gaps, PERSON, ENOUGH, GapOdds.PEOPLE);
    GapOdds tools = GapOdds.recorded(gaps, TOOLS, ENOUGH, GapOdds.TOOLS);
    HostedDecision forPeople = ttl.decide(prefix, added, people);
    HostedDecision forTail =
        ttl.decide(prefix, added, GapOdds.mixed(shareOfAnswers(), people, tools));
    HostedSetting stable = longer(forPeople.setting(), forTail.setting());
    course.lastDecision = forTail.why();
    return Optional.of(
        new Sent(key, CacheMarkers.mark(price.provider(), body, stable, forTail.setting(), key)));
  }

  /** {@return the share of answers that a person goes on from, and no tool} */
  private double shareOfAnswers() {
    return (finals + USUAL_ANSWERS) / (answered + USUAL_REQUESTS);
  }

  /** The provider wants the longer lived in front of the shorter. */
  private static HostedSetting longer(HostedSetting one, HostedSetting other) {
    if (one instanceof Lifetime(var mine) && other instanceof Lifetime(var theirs)) {
      return mine.compareTo(theirs) >= 0 ? one : other;
    }
    return one instanceof Lifetime ? one : other;
  }

  private void learn(Course course, boolean results) {
    boolean person = course.waitsFor.equals(PERSON);
    if (course.waitsFor.isEmpty() || person == results) {
      return; // the first request, or one that goes on from somewhere else
    }
    double seconds = Math.max(0, (nanoClock.getAsLong() - course.endedNanos) / 1e9);
    gaps.returned(course.waitsFor, seconds, seconds, /* failed= */ false);
    if (!person && !course.waitsFor.equals(TOOLS)) {
      gaps.returned(TOOLS, seconds, seconds, /* failed= */ false);
    }
  }

  /** {@return whether an event of a stream says something of usage or of tools} */
  boolean tells(Json event) {
    return !CacheUsage.of(price.provider(), event).equals(CacheUsage.ZERO)
        || !tools(new Fields(event)).isEmpty();
  }

  /** An answer came, whole or as the events of a stream. */
  synchronized void answered(Sent sent, List<Json> answers) {
    Course course = courses.computeIfAbsent(sent.conversation(), _ -> new Course());
    var usage = CacheUsage.ZERO;
    var tools = new ArrayList<String>();
    for (Json answer : answers) {
      // Streams repeat counts as they grow; the last and largest is the whole.
      usage = largest(usage, CacheUsage.of(price.provider(), answer));
      tools.addAll(tools(new Fields(answer)));
    }
    course.usage = course.usage.plus(usage);
    course.requests++;
    course.tokens = usage.input() > 0 ? usage.input() : course.asked;
    answered++;
    finals += tools.isEmpty() ? 1 : 0;
    course.waitsFor = tools.isEmpty() ? PERSON : GapRecorder.key(tools);
    course.endedNanos = nanoClock.getAsLong();
  }

  private static CacheUsage largest(CacheUsage a, CacheUsage b) {
    return new CacheUsage(
        Math.max(a.fresh(), b.fresh()),
        Math.max(a.read(), b.read()),
        Math.max(a.shortWritten(), b.shortWritten()),
        Math.max(a.longWritten(), b.longWritten()),
        Math.max(a.output(), b.output()));
  }

  private static List<Fields> messages(Fields body) {
    for (String name : List.of("messages", "contents", "input")) {
      if (!body.list(name).isEmpty()) {
        return body.list(name);
      }
    }
    return List.of();
  }

  private static boolean bringsResults(Fields message) {
    boolean inside =
        message.list("content").stream()
            .anyMatch(block -> block.text("type").equals("tool_result") || block.has("toolResult"));
    boolean part = message.list("parts").stream().anyMatch(one -> one.has("functionResponse"));
    return inside
        || part
        || message.text("role").equals("tool")
        || message.text("type").equals("function_call_output");
  }

  /** {@return names of the tools that an answer, or an event of it, calls} */
  private static List<String> tools(Fields answer) {
    var names = new ArrayList<String>();
    Fields block = answer.at("content_block");
    if (block.text("type").equals("tool_use")) {
      names.add(block.text("name"));
    }
    for (Fields each : answer.list("content")) {
      if (each.text("type").equals("tool_use")) {
        names.add(each.text("name"));
      }
    }
    for (Fields choice : answer.list("choices")) {
      for (String where : List.of("message", "delta")) {
        choice
            .at(where)
            .list("tool_calls")
            .forEach(call -> names.add(call.at("function").text("name")));
      }
    }
    for (Fields item : answer.list("output")) {
      if (item.text("type").equals("function_call")) {
        names.add(item.text("name"));
      }
    }
    names.removeIf(String::isBlank);
    return names;
  }

  private String key(Fields body, List<Fields> messages) {
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
