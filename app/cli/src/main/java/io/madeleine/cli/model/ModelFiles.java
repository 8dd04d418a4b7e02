package io.madeleine.cli.model;

import io.madeleine.conversation.ready.ModelFolder;
import io.madeleine.pocket.PocketModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The models in a directory. */
public final class ModelFiles {

  private final ModelFolder folder;

  /**
   * @param directory where pulled models lie; need not exist
   */
  public ModelFiles(Path directory) {
    this.folder = new ModelFolder(directory);
  }

  /**
   * {@return the file that a person means}
   *
   * @param wanted a path or a name; empty for the pocket model
   * @param notice told when the model is a toy
   * @throws IllegalArgumentException if there is no such file; the message says how to get one
   */
  public Path find(Optional<String> wanted, Consumer<String> notice) {
    if (wanted.isEmpty() || wanted.get().equals(PocketModel.NAME)) {
      if (wanted.isEmpty()) {
        notice.accept(PocketModel.NOTICE);
        notice.accept(
            "A real one: ./madeleine models shows what can be had, ./madeleine pull %s gets it, and"
                    .formatted(Catalogue.ALL.getFirst().name())
                + " ./madeleine chat --model %s talks to it."
                    .formatted(Catalogue.ALL.getFirst().name()));
      }
      return PocketModel.installTo(folder.directory());
    }
    String name = wanted.get();
    return folder.find(name).orElseThrow(() -> new IllegalArgumentException(missing(name)));
  }

  private String missing(String name) {
    if (Catalogue.find(name).isPresent()) {
      return "the model '%s' is not here yet: ./madeleine pull %s".formatted(name, name);
    }
    return "there is no file '%s', and no model of that name in %s: ./madeleine models shows what there is"
        .formatted(name, folder.directory());
  }

  /** {@return the model files that are here, by name} */
  public List<Path> here() {
    return folder.files();
  }
}
