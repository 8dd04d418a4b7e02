package io.madeleine.langchain4j.hosted.http;

import dev.langchain4j.http.client.HttpClientBuilder;
import io.madeleine.engine.json.Json;
import io.madeleine.langchain4j.hosted.CacheUsage;
import io.madeleine.langchain4j.hosted.Fields;
import io.madeleine.langchain4j.hosted.GapOdds;
import io.madeleine.langchain4j.hosted.HostedDecision;
import io.madeleine.langchain4j.hosted.HostedProvider;
import io.madeleine.langchain4j.hosted.HostedSetting;
import io.madeleine.langchain4j.hosted.HostedSetting.Lifetime;
import io.madeleine.langchain4j.hosted.HostedSetting.None;
import io.madeleine.langchain4j.hosted.HostedTtl;
import io.madeleine.langchain4j.hosted.KeepAlive;
import io.madeleine.langchain4j.hosted.PriceSheet.Price;
import io.madeleine.langchain4j.hosted.http.Staying.Extent;
import io.madeleine.langchain4j.model.WhoAsks;
import io.madeleine.memory.history.Erasure;
import io.madeleine.memory.identity.ConversationKey;
import io.madeleine.memory.identity.Tenant;
import io.madeleine.memory.recall.Eraser;
import io.madeleine.memory.recall.ForgetReceipt;
import io.madeleine.memory.retention.GapRecorder;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Caching for one tenant's hosted model, put under LangChain4j's HTTP client:
 *
 * <pre>{@code
 * var caching = new HostedCaching(tenant, secret, price, sheet.asOf(), false, System::nanoTime);
 * AnthropicChatModel.builder().httpClientBuilder(caching.over(new JdkHttpClientBuilder())) …
 * }</pre>
 *
 * <p>It learns how long people and tools take, marks each request for the cheapest lifetime, and
 * adds up what each conversation costs. What it learned outlives a restart if the application reads
 * {@link #gaps} from a {@link io.madeleine.memory.retention.GapFile} and writes them there. A
 * conversation is told by its instructions and, where an AI service asks, the id of its memory,
 * else the first message behind them. At most {@value #CONVERSATIONS} are remembered. Thread-safe.
 *
 * <p>Made {@link Keeping#ALIVE}, it also sends requests of its own: where Anthropic's cache would
 * lapse while somebody is likely to come back, {@link #tend} reads it again. They cost what {@link
 * Cost} says; the application calls {@code tend} every few seconds, from one thread. It holds the
 * prompts until then, so let it be told what is forgotten: {@code memory.alsoErase(caching)}.
 */
public final class HostedCaching implements Eraser {

  /** Conversations whose cost and pauses are remembered. */
  public static final int CONVERSATIONS = 4096;

  /** The key of pauses between two turns of a person. */
  public static final String PERSON = "person";

  private static final System.Logger LOG = System.getLogger(HostedCaching.class.getName());

  private static final String TOOLS = "tools";

  /** Who was silent for so long is not waited for any more. */
  private static final Duration GIVEN_UP = Duration.ofDays(1);

  /** Pauses that what is assumed of people and tools is worth. */
  private static final int ASSUMED = 30;

  /** Before any answer was seen: one in ten is the last before a person speaks. */
  private static final double USUAL_ANSWERS = 1;

  private static final double USUAL_REQUESTS = 10;

  private final ConversationNames names;
  private final Price price;
  private final LocalDate pricesAsOf;
  private final HostedTtl ttl;
  private final Keeping keeping;
  private final KeepAlive alive;
  private final LongSupplier nanoClock;
  private final GapRecorder gaps = new GapRecorder();
  private long answered;
  private long finals;
  private long erasures;
  private final Map<String, Course> courses =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Course> eldest) {
          return size() > CONVERSATIONS;
        }
      };

  /** What is done for a prefix that is about to lapse. */
  public enum Keeping {
    /** Nothing: no request is sent that the application did not make. */
    AS_ASKED,
    /** It is read again where that is expected to be cheaper than to write it anew. */
    ALIVE
  }

  /**
   * A request on its way.
   *
   * @param conversation which
   * @param characters of the body as it was asked
   * @param erasures that there had been by then
   * @param body as it is sent
   */
  record Sent(String conversation, int characters, long erasures, Json body) {}

  /** A keep-alive that is to be sent now. */
  private record Due(Course course, Course.Prolonging what) {}

  /**
   * What a conversation came to.
   *
   * @param conversation its key, which the provider sees too; tells nothing of what was said
   * @param requests answered
   * @param keepAlives sent beside them
   * @param usage of all of them
   * @param dollars by the price sheet
   * @param pricesAsOf the sheet's date
   * @param lastDecision what the provider was told last, and why
   */
  public record Cost(
      String conversation,
      int requests,
      int keepAlives,
      CacheUsage usage,
      double dollars,
      LocalDate pricesAsOf,
      String lastDecision) {}

  /** Sends nothing of its own. */
  public HostedCaching(
      Tenant tenant,
      String secret,
      Price price,
      LocalDate pricesAsOf,
      boolean mayKeepForADay,
      LongSupplier nanoClock) {
    this(tenant, secret, price, pricesAsOf, mayKeepForADay, nanoClock, Keeping.AS_ASKED);
  }

  /**
   * @param tenant whose conversations; their keys differ from any other tenant's
   * @param secret makes the keys unguessable
   * @param price of the model
   * @param pricesAsOf the price sheet's date
   * @param mayKeepForADay whether a prompt may lie at the provider for a day
   * @param nanoClock the monotonic clock
   * @param keeping whether prefixes are kept alive; does something at Anthropic only
   */
  public HostedCaching(
      Tenant tenant,
      String secret,
      Price price,
      LocalDate pricesAsOf,
      boolean mayKeepForADay,
      LongSupplier nanoClock,
      Keeping keeping) {
    this.names = new ConversationNames(tenant, secret);
    this.price = price;
    this.pricesAsOf = pricesAsOf;
    this.ttl = new HostedTtl(price, mayKeepForADay);
    this.keeping = price.provider() == HostedProvider.ANTHROPIC ? keeping : Keeping.AS_ASKED;
    this.alive = this.keeping == Keeping.ALIVE ? new KeepAlive(price) : KeepAlive.never(price);
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
                    course.keepAlives,
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
    List<Fields> messages = Exchange.messages(fields);
    if (messages.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> memory = WhoAsks.conversation();
    String key = names.of(fields, messages, memory);
    Course course = courses.computeIfAbsent(key, _ -> new Course());
    course.memory = memory;
    String begin = names.begin(fields, messages);
    course.staying.sees(begin, messages);
    course.begins(begin);
    learn(course, Exchange.bringsResults(messages.getLast()));
    int characters = body.write().length();
    long added = Math.max(1, course.tokensOf(characters - course.characters));
    long prefix = course.tokens + added;
    course.asked = prefix;
    Extent extent = takesMarkers() ? course.staying.extent() : Extent.ALL;
    Marking marking =
        extent == Extent.ALL
            ? growing(course, prefix, added)
            : changing(course, fields, messages, prefix, extent);
    course.askedBehind = course.tokensOf(MarkerPlaces.characters(fields, messages, Extent.HISTORY));
    Json marked = CacheMarkers.mark(price.provider(), body, marking, key);
    return Optional.of(new Sent(key, characters, erasures, marked));
  }

  private boolean takesMarkers() {
    return price.provider() == HostedProvider.ANTHROPIC
        || price.provider() == HostedProvider.BEDROCK;
  }

  private Marking growing(Course course, long prefix, long added) {
    HostedDecision decision = decide(course, prefix, added);
    course.lastDecision = decision.why();
    course.front = Optional.empty();
    course.asks(decision.setting(), prefix, nanoClock.getAsLong());
    return Marking.of(decision.setting());
  }

  /**
   * Only what stays is worth a life of its choice. Rounds of a tool ask with the same question, so
   * they are told what it was told, and its end lives for them alone.
   */
  private Marking changing(
      Course course, Fields body, List<Fields> messages, long prefix, Extent extent) {
    long stays = course.tokensOf(MarkerPlaces.characters(body, messages, extent));
    boolean round = Exchange.bringsResults(messages.getLast());
    HostedSetting front =
        course.front.filter(_ -> round).orElseGet(() -> front(course, stays, extent));
    HostedSetting end =
        Exchange.hasTools(body) && isReadByRounds(course, prefix)
            ? new Lifetime(HostedTtl.SHORT)
            : new None();
    course.front = Optional.of(front);
    course.asks(front, end, stays, nanoClock.getAsLong());
    return new Marking(front, end, extent);
  }

  private HostedSetting front(Course course, long stays, Extent extent) {
    long added = extent == Extent.HISTORY ? Math.max(1, stays - course.stayed) : stays;
    long stable = Math.min(course.stable(nanoClock.getAsLong()), stays);
    HostedDecision decision =
        ttl.decide(
            stays, added, stable, shareOfAnswers(), people(), tools(), KeepAlive.never(price));
    course.lastDecision = decision.why();
    return decision.setting();
  }

  /** {@return whether a marker for the rounds of a turn alone is expected to pay} */
  private boolean isReadByRounds(Course course, long prefix) {
    double saved = (1 - shareOfAnswers()) * (1 - price.read());
    return !course.staying.isChangedByRounds()
        && prefix >= price.minimum()
        && saved > price.shortWrite() - 1;
  }

  private HostedDecision decide(Course course, long prefix, long added) {
    double share = shareOfAnswers();
    if (!takesMarkers()) {
      return ttl.decide(prefix, added, GapOdds.mixed(share, people(), tools()));
    }
    long stable = Math.min(course.stable(nanoClock.getAsLong()), prefix);
    return ttl.decide(prefix, added, stable, share, people(), tools(), alive);
  }

  private GapOdds people() {
    return GapOdds.recorded(
        gaps,
        PERSON,
        ASSUMED,
        keeping == Keeping.ALIVE ? GapOdds.PEOPLE_WHO_LEAVE : GapOdds.PEOPLE);
  }

  private GapOdds tools() {
    return GapOdds.recorded(gaps, TOOLS, ASSUMED, GapOdds.TOOLS);
  }

  /** {@return the share of answers that a person goes on from, and no tool} */
  private double shareOfAnswers() {
    return (finals + USUAL_ANSWERS) / (answered + USUAL_REQUESTS);
  }

  private void learn(Course course, boolean results) {
    String waitedFor = course.waitsFor;
    course.waitsFor = ""; // a request that fails is made again, and is no second pause
    boolean person = waitedFor.equals(PERSON);
    if (waitedFor.isEmpty() || person == results) {
      return; // the first request, or one that goes on from somewhere else
    }
    double seconds = Math.max(0, (nanoClock.getAsLong() - course.endedNanos) / 1e9);
    gaps.returned(waitedFor, seconds, seconds, /* failed= */ false);
    if (!person && !waitedFor.equals(TOOLS)) {
      gaps.returned(TOOLS, seconds, seconds, /* failed= */ false);
    }
  }

  /** {@return whether an event of a stream says something of usage, of tools, or of the answer} */
  boolean tells(Json event) {
    return keeping == Keeping.ALIVE
        || !CacheUsage.of(price.provider(), event).equals(CacheUsage.ZERO)
        || !Exchange.tools(new Fields(event)).isEmpty();
  }

  /**
   * An answer came, whole or as the events of a stream.
   *
   * @param sender to where it came from
   */
  synchronized void answered(Sent sent, List<Json> answers, Course.Sender sender) {
    Course course = courses.computeIfAbsent(sent.conversation(), _ -> new Course());
    var usage = CacheUsage.ZERO;
    var tools = new ArrayList<String>();
    for (Json answer : answers) {
      // Streams repeat counts as they grow; the last and largest is the whole.
      usage = largest(usage, CacheUsage.of(price.provider(), answer));
      tools.addAll(Exchange.tools(new Fields(answer)));
    }
    course.usage = course.usage.plus(usage);
    course.requests++;
    course.tokens = usage.input() > 0 ? usage.input() : course.asked;
    course.stayed = course.askedBehind;
    course.characters = sent.characters();
    answered++;
    finals += tools.isEmpty() ? 1 : 0;
    course.waitsFor = tools.isEmpty() ? PERSON : GapRecorder.key(tools);
    course.endedNanos = nanoClock.getAsLong();
    boolean mayHold = sent.erasures() == erasures; // else it may be of what is forgotten
    if (keeping == Keeping.ALIVE && mayHold && planned(course) > 0) {
      course.keepAlive =
          KeepAliveRequest.of(sent.body(), answers)
              .map(body -> new Course.Prolonging(body, sender));
    }
  }

  /** {@return how many keep-alives the pause that has begun is worth} */
  private int planned(Course course) {
    boolean person = course.waitsFor.equals(PERSON);
    if (person && course.staying.extent() != Extent.ALL) {
      return 0; // the next question does not go on from what would be kept
    }
    GapOdds odds = person ? people() : tools();
    long stable = Math.min(course.stable(nanoClock.getAsLong()), course.tokens);
    return course.life.isZero() ? 0 : alive.plan(course.tokens, stable, course.life, odds).reads();
  }

  /**
   * Sends the keep-alives that are due. One that fails is logged, and its conversation not tried
   * again until it goes on. Call it every few seconds, from one thread; without {@link
   * Keeping#ALIVE} it does nothing.
   */
  public void tend() {
    for (Due due : due()) {
      if (!isStillDue(due)) {
        continue;
      }
      try {
        kept(due, due.what.sender().send(due.what.body()));
      } catch (RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "a prompt is not kept alive: {0}", e.getMessage());
        kept(due, Json.Null.NULL);
      }
    }
  }

  /**
   * Forgets what was erased: the prompts that were to be sent again to keep them alive, and of a
   * whole conversation or tenant what is counted as well. Where it is not known for which memory a
   * prompt was made, it goes with anything that its tenant forgets. Nobody can delete what the
   * provider has; the receipt says when it has lapsed there.
   */
  @Override
  public synchronized ForgetReceipt.Erased erase(Erasure.Receipt receipt) {
    Erasure request = receipt.request();
    boolean ours = request.tenant().equals(names.tenant());
    long items = ours ? forgotten(request) : 0;
    return new ForgetReceipt.Erased(
        "hosted caches",
        items,
        "prompts kept alive, and what conversations came to",
        ours ? receipt.at().plus(ttl.longest()) : receipt.at());
  }

  private long forgotten(Erasure request) {
    erasures++;
    Optional<String> conversation = conversation(request);
    long items = 0;
    for (var each = courses.values().iterator(); each.hasNext(); ) {
      Course course = each.next();
      boolean its = conversation.isEmpty() || course.memory.equals(conversation);
      boolean whole = its && isWhole(request);
      if (its || course.memory.isEmpty()) {
        items += whole || course.keepAlive.isPresent() ? 1 : 0;
        course.keepAlive = Optional.empty();
      }
      if (whole) {
        each.remove();
      }
    }
    return items;
  }

  private static Optional<String> conversation(Erasure request) {
    return switch (request) {
      case Erasure.OfTurn(ConversationKey key, long _) -> Optional.of(key.id());
      case Erasure.OfConversation(ConversationKey key) -> Optional.of(key.id());
      case Erasure.OfTenant _, Erasure.OfTime _ -> Optional.empty();
    };
  }

  private static boolean isWhole(Erasure request) {
    return request instanceof Erasure.OfConversation || request instanceof Erasure.OfTenant;
  }

  private synchronized List<Due> due() {
    var due = new ArrayList<Due>();
    long now = nanoClock.getAsLong();
    for (Course course : courses.values()) {
      double silent = course.silentSeconds(now);
      if (course.waitsFor.equals(PERSON) && silent > GIVEN_UP.toSeconds()) {
        gaps.hung(PERSON, silent);
        course.waitsFor = "";
        course.keepAlive = Optional.empty();
      }
      if (course.isLapsed(now) || course.sinceAsked >= planned(course)) {
        course.keepAlive = Optional.empty(); // what has lapsed would have to be written anew
      } else if (silent >= KeepAlive.dueSeconds(course.life, course.sinceAsked)) {
        course.keepAlive.ifPresent(what -> due.add(new Due(course, what)));
      }
    }
    return due;
  }

  /**
   * Looks again: while others were sent, which takes seconds each, somebody may have come back, or
   * wanted it forgotten, or it may have lapsed and would be written anew, for an hour.
   */
  private synchronized boolean isStillDue(Due due) {
    return due.course.waitsWith(due.what) && !due.course.isLapsed(nanoClock.getAsLong());
  }

  private synchronized void kept(Due due, Json answer) {
    Course course = due.course;
    if (!(answer instanceof Json.Null)) {
      course.keptAlive(due.what, CacheUsage.of(price.provider(), answer));
    } else if (course.waitsWith(due.what)) {
      course.keepAlive = Optional.empty();
    }
  }

  /** Anthropic's last event repeats how much was written, and no more for how long. */
  private static CacheUsage largest(CacheUsage a, CacheUsage b) {
    long written = Math.max(a.shortWritten() + a.longWritten(), b.shortWritten() + b.longWritten());
    long longWritten = Math.max(a.longWritten(), b.longWritten());
    return new CacheUsage(
        Math.max(a.fresh(), b.fresh()),
        Math.max(a.read(), b.read()),
        written - longWritten,
        longWritten,
        Math.max(a.output(), b.output()));
  }
}
