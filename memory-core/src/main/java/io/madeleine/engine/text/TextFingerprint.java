package io.madeleine.engine.text;

import io.madeleine.engine.digest.Sha256;
import io.madeleine.engine.token.Vocabulary;
import io.madeleine.engine.token.Vocabulary.SpecialIds;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/** Tells models apart that spell the same messages with other ids. */
final class TextFingerprint {

  private TextFingerprint() {}

  /**
   * {@return a SHA-256 in hexadecimal over what decides the ids}
   *
   * @param model {@code tokenizer.ggml.model}
   * @param pre {@code tokenizer.ggml.pre}
   * @param template source of the chat template
   */
  static String of(Vocabulary vocabulary, String model, String pre, String template) {
    MessageDigest digest = Sha256.digest();
    try (var out =
        new DataOutputStream(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
      write(out, List.of(model, pre, template));
      write(out, vocabulary.pieces());
      write(out, vocabulary.kinds().stream().map(Vocabulary.Kind::name).toList());
      write(out, vocabulary.merges());
      for (float score : vocabulary.scores()) {
        out.writeFloat(score);
      }
      write(out, vocabulary.special());
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is written anywhere: should not happen", e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Each text behind its length, so that no two lists give the same bytes. */
  private static void write(DataOutputStream out, List<String> texts) throws IOException {
    out.writeInt(texts.size());
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(bytes.length);
      out.write(bytes);
    }
  }

  /** The ids that only end an answer are left out: files of one model disagree about them. */
  private static void write(DataOutputStream out, SpecialIds special) throws IOException {
    out.writeInt(special.begin().orElse(-1));
    out.writeInt(special.unknown().orElse(-1));
    out.writeBoolean(special.addBegin());
    out.writeBoolean(special.addSpacePrefix());
    if (special.stripsRight()) { // where it is not, the fingerprint is that of before
      out.writeBoolean(true);
    }
  }
}
