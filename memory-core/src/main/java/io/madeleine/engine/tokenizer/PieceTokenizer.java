package io.madeleine.engine.tokenizer;

import io.madeleine.engine.token.Tokenizer;
import io.madeleine.engine.token.Vocabulary;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** What both tokenizers share: special tokens are cut out first, and bytes become characters. */
abstract sealed class PieceTokenizer implements Tokenizer
    permits BytePairTokenizer, SentencePieceTokenizer {
  private final Vocabulary vocabulary;
  private final SpecialTokens special;

  PieceTokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.special = new SpecialTokens(vocabulary);
  }

  /** Adds the ids of {@code text}, which starts the sequence or stands behind a special token. */
  abstract void encodeText(String text, IntStream.Builder ids);

  /** {@return the bytes that a normal piece spells} */
  abstract byte[] spell(String piece);

  /** {@return whether encoding put a space before the text, which decoding takes away} */
  abstract boolean dropsFirstSpace();

  @Override
  public final Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public final int[] encode(String text, boolean parseSpecial) {
    String clean = Utf8.wellFormed(text);
    var ids = IntStream.builder();
    int at = 0;
    for (SpecialTokens.Occurrence token : special.in(clean, parseSpecial)) {
      encodePart(clean.substring(Math.min(at, token.start()), token.start()), parseSpecial, ids);
      ids.add(token.id());
      at = special.behind(clean, token);
    }
    encodePart(clean.substring(at), parseSpecial, ids);
    return ids.build().toArray();
  }

  private void encodePart(String text, boolean marked, IntStream.Builder ids) {
    String part = marked ? text.replace(String.valueOf(TEXT_MARK), "") : text;
    if (!part.isEmpty()) {
      encodeText(part, ids);
    }
  }

  @Override
  public final String decode(int[] ids) {
    TokenStream stream = stream();
    var text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.next(id));
    }
    return text.append(stream.finish()).toString();
  }

  @Override
  public final TokenStream stream(IntPredicate spoken) {
    return new Stream(spoken);
  }

  @Override
  public final byte[] bytes(int id) {
    return bytes(id, spoken -> false);
  }

  /** {@return the bytes of {@code id}; none for a special token that is not {@code spoken}} */
  private byte[] bytes(int id, IntPredicate spoken) {
    String piece = vocabulary.pieces().get(id);
    return switch (vocabulary.kinds().get(id)) {
      case CONTROL, UNKNOWN -> spoken.test(id) ? Utf8.encode(piece) : new byte[0];
      case USER_DEFINED -> Utf8.encode(piece);
      case BYTE -> new byte[] {(byte) Integer.parseInt(piece.substring(3, 5), 16)};
      case NORMAL, UNUSED -> spell(piece);
    };
  }

  private final class Stream implements TokenStream {
    private final Utf8 utf8 = new Utf8();
    private final IntPredicate spoken;
    private boolean atStart = true;

    Stream(IntPredicate spoken) {
      this.spoken = spoken;
    }

    @Override
    public String next(int id) {
      byte[] bytes = bytes(id);
      atStart = isSpecial(id) || (atStart && spells(id).length == 0);
      return utf8.push(bytes);
    }

    @Override
    public byte[] bytes(int id) {
      byte[] spelled = spells(id);
      boolean dropsSpace = atStart && dropsFirstSpace() && spelled.length > 0 && spelled[0] == ' ';
      return dropsSpace ? Arrays.copyOfRange(spelled, 1, spelled.length) : spelled;
    }

    private byte[] spells(int id) {
      return PieceTokenizer.this.bytes(id, spoken);
    }

    @Override
    public String finish() {
      return utf8.finish();
    }
  }

  /** Whether {@code id} is cut out before encoding, so that a text starts anew behind it. */
  private boolean isSpecial(int id) {
    return switch (vocabulary.kinds().get(id)) {
      case CONTROL, UNKNOWN, USER_DEFINED -> true;
      case NORMAL, UNUSED, BYTE -> false;
    };
  }
}
