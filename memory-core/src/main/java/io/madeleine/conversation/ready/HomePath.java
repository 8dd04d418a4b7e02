package io.madeleine.conversation.ready;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * A path as a person writes it, where {@code ~} is home. Shells put the home directory in its place
 * only where it begins a word: not behind {@code --data=}, and nobody does in a file of properties.
 */
public final class HomePath {

  private static final Path HOME_SIGN = Path.of("~");

  private HomePath() {}

  /**
   * {@return the path; where its first element is {@code ~}, in the directory of {@code user.home}}
   * A folder that is really called so is {@code ./~}.
   *
   * @throws InvalidPathException if this machine's files have no such names
   */
  public static Path of(String written) {
    Path path = Path.of(written);
    return path.startsWith(HOME_SIGN)
        ? Path.of(System.getProperty("user.home")).resolve(HOME_SIGN.relativize(path))
        : path;
  }
}
