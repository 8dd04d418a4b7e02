package io.madeleine.pocket;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The model that ships with Madeleine: 2.6 million parameters, which recall what they were told
 * earlier in a conversation, and know little else. It makes every example run without a network.
 */
public final class PocketModel {
  /** What the command line and the server call it. */
  public static final String NAME = "pocket";

  /** One sentence for whoever did not choose a model. */
  public static final String NOTICE =
      "This is a toy of 2.6 million parameters: it recalls facts that you tell it, and knows"
          + " little else. For a real model name a GGUF file.";

  private static final String RESOURCE = "pocket.gguf";
  private static final int HASH_DIGITS = 16;

  private PocketModel() {}

  /**
   * Puts the model into {@code directory}, unless it is there already. The file's name holds a hash
   * of its content, so that another version is another file.
   *
   * @param directory made if it is missing
   * @return the file, complete, to be opened like any other model
   * @throws UncheckedIOException if the directory cannot be written; the message names it
   */
  public static Path installTo(Path directory) {
    byte[] model = read();
    Path file = directory.resolve("madeleine-pocket-%s.gguf".formatted(hash(model)));
    try {
      if (Files.isRegularFile(file) && Files.size(file) == model.length) {
        return file;
      }
      Files.createDirectories(directory);
      Path unfinished = Files.createTempFile(directory, "pocket", ".part");
      Files.write(unfinished, model);
      return Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the pocket model needs %,d bytes in %s, which cannot be written: choose another data directory"
              .formatted(model.length, directory),
          e);
    }
  }

  /** {@return how large its file is} */
  public static long bytes() {
    return read().length;
  }

  private static byte[] read() {
    try (InputStream in = PocketModel.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks its own model: should not happen");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the pocket model cannot be read from its jar", e);
    }
  }

  private static String hash(byte[] model) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(model);
      return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256: should not happen", e);
    }
  }
}
