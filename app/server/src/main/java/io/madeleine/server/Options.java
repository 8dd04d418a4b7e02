package io.madeleine.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The options of a command, each with a value, as people write them: {@code --model FILE} or {@code
 * --model=FILE}.
 *
 * @param command that they belong to
 * @param known in the order in which people are told of them
 */
record Options(String command, List<Option> known) {

  /**
   * An option.
   *
   * @param name with its two hyphens
   * @param takes what stands for its value where people are told of it
   */
  record Option(String name, String takes) {
    @Override
    public String toString() {
      return name + " " + takes;
    }
  }

  /** {@return whether somebody asks what there is} */
  static boolean askForHelp(String[] arguments) {
    return List.of(arguments).contains("--help") || List.of(arguments).contains("-h");
  }

  /** {@return how the command is called, and what it is for, for a terminal} */
  String help(String purpose) {
    return known.stream()
        .map("[%s]"::formatted)
        .collect(
            Collectors.joining(
                " ", "Usage: ./madeleine %s ".formatted(command), "%n%n%s%n".formatted(purpose)));
  }

  /**
   * {@return the values, by the options' names; of one that was given twice, the last}
   *
   * @throws IllegalArgumentException naming an argument that is none of these, or lacks its value
   */
  Map<String, String> values(String[] arguments) {
    var values = new HashMap<String, String>();
    read(arguments, (option, value) -> values.put(option.name(), value), this::refuse);
    return values;
  }

  private void refuse(String argument) {
    throw new IllegalArgumentException(
        known.stream()
            .map(Option::toString)
            .collect(
                Collectors.joining(
                    ", ",
                    "'%s' is no option of %s, which takes ".formatted(argument, command),
                    "")));
  }

  /**
   * Reads what was written, in its order.
   *
   * @param given is told each option and its value
   * @param other is told each argument that is none of these and no value of one
   * @throws IllegalArgumentException naming an option that lacks its value
   */
  void read(String[] arguments, BiConsumer<Option, String> given, Consumer<String> other) {
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      var option = known.stream().filter(o -> o.name().equals(name(argument))).findFirst();
      if (option.isEmpty()) {
        other.accept(argument);
      } else if (argument.contains("=")) {
        given.accept(option.get(), behindEquals(option.get(), argument));
      } else {
        given.accept(option.get(), valueOf(option.get(), arguments, ++i));
      }
    }
  }

  /** {@return what stands before the first {@code =}; a value may have dots and more of them} */
  static String name(String argument) {
    int equals = argument.indexOf('=');
    return equals < 0 ? argument : argument.substring(0, equals);
  }

  private static String behindEquals(Option option, String argument) {
    String value = argument.substring(option.name().length() + 1);
    if (value.isEmpty()) {
      throw wantsAValue(option);
    }
    return value;
  }

  private static String valueOf(Option option, String[] arguments, int at) {
    if (at == arguments.length || arguments[at].startsWith("--")) {
      throw wantsAValue(option);
    }
    return arguments[at];
  }

  private static IllegalArgumentException wantsAValue(Option option) {
    return new IllegalArgumentException("%s wants a value: %s".formatted(option.name(), option));
  }
}
