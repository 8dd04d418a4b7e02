package io.madeleine.evaluation.codec;

import java.util.Locale;

/**
 * What one codec does to the keys and values of one dialogue. Times are medians.
 *
 * @param codec its name
 * @param tokens of the dialogue
 * @param bytesPerToken on disk, encrypted, with its header
 * @param ofF16 that divided by what f16 takes
 * @param deflatedPerToken the same after the JDK's fastest deflate
 * @param zstdPerToken the same after zstd at its usual level, 3, instead
 * @param writeCpuMs to encode, encrypt and write, in processor time
 * @param restoreCpuMs to read, decrypt, decode and place into an empty cache, in processor time
 * @param restoreMs the same on the clock
 * @param megabytesPerSecond of f32 keys and values restored, per second of processor time
 * @param ofPrefill restoreCpuMs divided by the processor time of a prefill of the same tokens
 */
public record CodecRow(
    String codec,
    int tokens,
    double bytesPerToken,
    double ofF16,
    double deflatedPerToken,
    double zstdPerToken,
    double writeCpuMs,
    double restoreCpuMs,
    double restoreMs,
    double megabytesPerSecond,
    double ofPrefill) {

  static String header() {
    return """
    | codec | tokens | bytes/token | of f16 | deflated | zstd | write CPU ms | restore CPU ms | restore ms | MB/s of f32 | of the prefill |
    |---|---|---|---|---|---|---|---|---|---|---|""";
  }

  /** {@return a line of a Markdown table} */
  String toLine() {
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %.0f | %.2f | %.0f | %.0f | %.1f | %.1f | %.1f | %.0f | 1/%.0f |",
        codec,
        tokens,
        bytesPerToken,
        ofF16,
        deflatedPerToken,
        zstdPerToken,
        writeCpuMs,
        restoreCpuMs,
        restoreMs,
        megabytesPerSecond,
        1 / ofPrefill);
  }
}
