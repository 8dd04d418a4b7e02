package io.madeleine.spring;

import io.madeleine.conversation.ready.HomePath;
import io.madeleine.conversation.ready.ModelFolder;
import java.nio.file.Path;

/** Finds the model that {@code madeleine.model} names. */
final class ModelFiles {

  private ModelFiles() {}

  /**
   * {@return the file of {@code model}}
   *
   * @param model a path, or the name of a file in {@code models}
   * @param models where the pocket model is put, and what was pulled
   * @throws NoModelException if there is none, or the pocket model's jar is missing
   */
  static Path find(String model, Path models) {
    if (model.equals("pocket")) {
      return pocket(models);
    }
    if (model.isBlank()) {
      throw new NoModelException();
    }
    return new ModelFolder(models)
        .find(model)
        .orElseThrow(() -> new NoModelException(HomePath.of(model), models));
  }

  private static Path pocket(Path models) {
    try {
      return Pocket.file(models);
    } catch (NoClassDefFoundError e) {
      throw new NoModelException(e);
    }
  }

  /** Touched only when it is asked for, since the jar is optional. */
  private static final class Pocket {
    static Path file(Path models) {
      return io.madeleine.pocket.PocketModel.installTo(models);
    }
  }
}
