package io.madeleine.cli.model;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/** A few good small models that the engine runs. What they weigh is what their pages say. */
public final class Catalogue {

  /**
   * One of them.
   *
   * @param name what to pull
   * @param about for whom
   * @param megabytes what the file weighs
   * @param address where it is
   */
  public record Entry(String name, String about, int megabytes, URI address) {

    /** {@return the name of its file, by which the server finds it too} */
    public String file() {
      return name + ".gguf";
    }
  }

  /** {@return all of them, smallest first} */
  public static final List<Entry> ALL =
      List.of(
          entry("qwen2.5-0.5b", "quick, simple talk", 398, "Qwen2.5-0.5B-Instruct"),
          entry("llama3.2-1b", "English, good talk for its size", 808, "Llama-3.2-1B-Instruct"),
          entry("qwen2.5-1.5b", "many languages, calls tools", 986, "Qwen2.5-1.5B-Instruct"),
          entry("smollm3-3b", "thinks before it speaks", 1915, "HuggingFaceTB_SmolLM3-3B"));

  private Catalogue() {}

  private static Entry entry(String name, String about, int megabytes, String repository) {
    return new Entry(
        name,
        about,
        megabytes,
        URI.create(
            "https://huggingface.co/bartowski/%s-GGUF/resolve/main/%s-Q4_K_M.gguf"
                .formatted(repository, repository)));
  }

  /** {@return the one with this name} */
  public static Optional<Entry> find(String name) {
    return ALL.stream().filter(entry -> entry.name().equalsIgnoreCase(name)).findFirst();
  }
}
