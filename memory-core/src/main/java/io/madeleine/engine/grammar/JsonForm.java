package io.madeleine.engine.grammar;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;
import io.madeleine.engine.json.Json;
import io.madeleine.engine.token.Tokenizer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The form that answers must have: what a JSON schema says, or any JSON object. Made once for a
 * schema and a model; gives a fresh {@link TokenMask} for every answer. Thread-safe.
 *
 * <p>Properties come in the schema's order, objects with named properties have no others, {@code
 * oneOf} is read as {@code anyOf}. Keywords that cannot be enforced are refused by name.
 */
public final class JsonForm {
  /** The most that the places of a text may occupy; the masks may as much again. */
  private static final long MOST_BYTES = 32L << 20;

  /** A state of the rules with its ways out, about. */
  private static final long STATE_BYTES = 100;

  /** A node with its array, about. */
  private static final long NODE_BYTES = 1_200;

  /** A stand of a place, about. */
  private static final long STAND_BYTES = 112;

  private final Rules rules = new Rules();
  private final TokenTrie trie;
  private final Tokenizer tokenizer;
  private final Node start;
  private final Map<Place, Node> nodes = new HashMap<>();
  private final Map<Node, TokenSet> masks = new LinkedHashMap<>(64, 0.75f, /* accessOrder= */ true);
  private volatile long placeBytes;
  private volatile long maskBytes;

  /** A place and the places behind it, as far as they are known. */
  private static final class Node {
    final Place place;
    final Node[] after = new Node[256];

    Node(Place place) {
      this.place = place;
    }

    boolean isDead() {
      return place.stands().isEmpty() && !place.mayEnd();
    }
  }

  /** Makes the rule for what an answer holds. */
  private interface Content {
    int compile(Rules rules, JsonRules json);
  }

  private JsonForm(Tokenizer tokenizer, TokenTrie trie, Content made) {
    this.tokenizer = tokenizer;
    this.trie = trie;
    var json = new JsonRules(rules);
    int content = made.compile(rules, json);
    int root = rules.newRule();
    rules.call(rules.then(rules.start(root), json.space), content, rules.end(root));
    rules.close(root);
    checkSpelling();
    this.start = new Node(Place.start(rules, root));
  }

  /**
   * {@return the form of {@code schema}}
   *
   * @param trie of {@code tokenizer}
   * @throws IllegalArgumentException if the schema cannot be enforced, or nothing finite fits it
   */
  public static JsonForm of(Json schema, Tokenizer tokenizer, TokenTrie trie) {
    return new JsonForm(
        tokenizer, trie, (rules, json) -> new SchemaRules(rules, json, schema).compile());
  }

  /** {@return the form of any JSON object} */
  public static JsonForm anyObject(Tokenizer tokenizer, TokenTrie trie) {
    return new JsonForm(tokenizer, trie, (rules, json) -> json.object);
  }

  /**
   * {@return the form of one call, in JSON}
   *
   * @param calls what may be called
   * @param words how a call is written
   * @throws IllegalArgumentException if a schema cannot be enforced, or nothing finite fits it
   */
  public static JsonForm ofCalls(
      List<JsonCall> calls, CallWords words, Tokenizer tokenizer, TokenTrie trie) {
    return new JsonForm(
        tokenizer, trie, (rules, json) -> new JsonCallRules(rules, json, words).compile(calls));
  }

  /**
   * {@return the form of one call, {@code name(first, second)}}
   *
   * @param calls what may be called
   */
  public static JsonForm ofCalls(List<PlainCall> calls, Tokenizer tokenizer, TokenTrie trie) {
    return new JsonForm(
        tokenizer, trie, (rules, json) -> new PlainCallRules(rules, json).compile(calls));
  }

  /** Every printable ASCII character needs a token of its own, or an answer could get stuck. */
  private void checkSpelling() {
    var spelled = new BitSet(256);
    for (int piece = 0; piece < trie.pieces(); piece++) {
      if (trie.bytes(piece).length == 1) {
        spelled.set(trie.bytes(piece)[0] & 0xFF);
      }
    }
    int missing = spelled.nextClearBit(0x20);
    if (missing < 0x7F) {
      throw new IllegalArgumentException(
          "the vocabulary has no token for '%c' alone, so an answer could get stuck"
              .formatted(missing));
    }
  }

  /** {@return a mask for one answer, before its first token} */
  public TokenMask newMask() {
    return new Mask();
  }

  /**
   * {@return the bytes that it occupies by now, about} It grows with the texts that are written, up
   * to 64 MiB beside its rules, which take some 100 bytes for a state.
   */
  public long bytes() {
    return STATE_BYTES * rules.states() + placeBytes + maskBytes;
  }

  private synchronized Node node(Place place) {
    Node known = nodes.get(place);
    if (known != null) {
      return known;
    }
    if (placeBytes > MOST_BYTES) {
      forgetPlaces();
    }
    var made = new Node(place);
    nodes.put(place, made);
    placeBytes += NODE_BYTES + STAND_BYTES * place.stands().size();
    return made;
  }

  /** Whoever stands at a place holds it, and what lies behind it is found anew. */
  private void forgetPlaces() {
    nodes.values().forEach(node -> Arrays.fill(node.after, null));
    Arrays.fill(start.after, null);
    nodes.clear();
    masks.clear();
    placeBytes = 0;
    maskBytes = 0;
  }

  private synchronized Node after(Node node, int b) {
    Node next = node.after[b];
    if (next == null) {
      next = node(node.place.after(rules, b));
      node.after[b] = next;
    }
    return next;
  }

  private synchronized TokenSet allowed(Node node) {
    TokenSet known = masks.get(node);
    if (known != null) {
      return known;
    }
    TokenSet mask = compute(node);
    masks.put(node, mask);
    maskBytes += mask.bytes();
    var eldest = masks.entrySet().iterator();
    while (maskBytes > MOST_BYTES && masks.size() > 1) {
      maskBytes -= eldest.next().getValue().bytes();
      eldest.remove();
    }
    return mask;
  }

  /** Walks the pieces in order; what a piece shares with the one before it is not walked again. */
  private TokenSet compute(Node from) {
    var allowed = new BitSet(trie.size());
    Node[] path = new Node[16];
    path[0] = from;
    int alive = 0;
    for (int piece = 0; piece < trie.pieces(); piece++) {
      byte[] bytes = trie.bytes(piece);
      int at = Math.min(alive, trie.shared(piece));
      if (at < trie.shared(piece)) {
        continue; // the shared bytes lead nowhere
      }
      if (bytes.length >= path.length) {
        path = Arrays.copyOf(path, 2 * bytes.length);
      }
      while (at < bytes.length) {
        Node next = after(path[at], bytes[at] & 0xFF);
        if (next.isDead()) {
          break;
        }
        path[++at] = next;
      }
      alive = at;
      if (at == bytes.length) {
        allowed.set(trie.id(piece));
      }
    }
    return TokenSet.of(allowed);
  }

  /** Looks at a token without moving; for tests. */
  interface Peek {
    void peek(int token);
  }

  private final class Mask implements TokenMask, Peek {
    private Node at = start;

    @Override
    public TokenSet allowed() {
      return JsonForm.this.allowed(at);
    }

    @Override
    public boolean mayEnd() {
      return at.place.mayEnd();
    }

    @Override
    public void accept(int token) {
      at = behind(token);
    }

    @Override
    public void peek(int token) {
      behind(token);
    }

    private Node behind(int token) {
      byte[] bytes = tokenizer.bytes(token);
      Node next = at;
      for (byte b : bytes) {
        next = after(next, b & 0xFF);
      }
      if (next.isDead() || bytes.length == 0) {
        throw new IllegalArgumentException(
            "token %d ('%s') is not allowed here"
                .formatted(token, tokenizer.vocabulary().pieces().get(token)));
      }
      return next;
    }
  }
}
