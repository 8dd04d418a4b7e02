package io.madeleine.engine.tokenizer;

/**
 * The letters that stand for bytes in a byte-level BPE vocabulary: a printable Latin-1 byte is its
 * own letter, every other byte is a letter from U+0100 on, in byte order.
 *
 * <p>Source: Radford et al., Language Models are Unsupervised Multitask Learners (GPT-2), 2019.
 */
final class ByteAlphabet {
  private static final int FIRST_SUBSTITUTE = 0x100;

  private final char[] letters = new char[256];
  private final short[] bytes = new short[FIRST_SUBSTITUTE + 256];

  ByteAlphabet() {
    java.util.Arrays.fill(bytes, (short) -1);
    int substitute = FIRST_SUBSTITUTE;
    for (int b = 0; b < 256; b++) {
      letters[b] = (char) (standsForItself(b) ? b : substitute++);
      bytes[letters[b]] = (short) b;
    }
  }

  private static boolean standsForItself(int b) {
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
  }

  /** {@return the letter of byte {@code b}, 0 to 255} */
  char letter(int b) {
    return letters[b];
  }

  /** {@return the bytes that {@code piece} spells; a foreign letter spells its own UTF-8} */
  byte[] bytes(String piece) {
    var out = new java.io.ByteArrayOutputStream(piece.length());
    piece
        .codePoints()
        .forEach(
            letter -> {
              if (letter < bytes.length && bytes[letter] >= 0) {
                out.write(bytes[letter]);
              } else {
                out.writeBytes(Utf8.encode(Character.toString(letter)));
              }
            });
    return out.toByteArray();
  }
}
