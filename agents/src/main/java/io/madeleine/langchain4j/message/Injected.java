package io.madeleine.langchain4j.message;

import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is put into a user's message for the model and is not what he said: how it is put there, or
 * noticed, and how it is taken out again. An attribute keeps what is needed for that.
 */
final class Injected {

  /** Attribute of a message with excerpts before its own words: the excerpts. */
  private static final String RECALLED = "madeleine.recalled";

  /** Attribute of a message with something else around its own words: those words. */
  private static final String SAID = "madeleine.said";

  private static final String GAP = "\n\n";

  private Injected() {}

  /** See {@link Messages#behind}. */
  static UserMessage behind(String excerpts, UserMessage user) {
    UserMessage marked = with(RECALLED, excerpts, user);
    if (user.hasSingleText()) {
      var text = TextContent.from(excerpts + GAP + user.singleText());
      return marked.toBuilder().contents(List.of(text)).build();
    }
    var contents = new ArrayList<Content>();
    contents.add(TextContent.from(excerpts));
    contents.addAll(user.contents());
    return marked.toBuilder().contents(contents).build();
  }

  static boolean hasExcerpts(UserMessage user) {
    return user.attributes().containsKey(RECALLED);
  }

  /** See {@link Messages#around}. */
  static UserMessage around(String said, UserMessage user) {
    if (said.isBlank()
        || user.attributes().containsKey(SAID)
        || texts(without(user)).equals(List.of(said))) {
      return user;
    }
    boolean inside = texts(user).stream().anyMatch(text -> text.contains(said));
    return inside ? with(SAID, said, user) : user;
  }

  private static List<String> texts(UserMessage user) {
    return user.contents().stream()
        .filter(TextContent.class::isInstance)
        .map(content -> ((TextContent) content).text())
        .toList();
  }

  private static UserMessage with(String attribute, String value, UserMessage user) {
    var attributes = new HashMap<>(user.attributes());
    attributes.put(attribute, value);
    return user.toBuilder().attributes(attributes).build();
  }

  /** See {@link Messages#asSaid}. */
  static UserMessage without(UserMessage user) {
    var attributes = new HashMap<>(user.attributes());
    Object excerpts = attributes.remove(RECALLED);
    Object said = attributes.remove(SAID);
    if (excerpts == null && said == null) {
      return user;
    }
    List<Content> contents = user.contents();
    if (excerpts instanceof String before) {
      contents = without(before, contents);
    }
    if (said instanceof String words) {
      contents = only(words, contents);
    }
    return user.toBuilder()
        .attributes(attributes)
        .contents(contents.isEmpty() ? user.contents() : contents)
        .build();
  }

  /**
   * {@return {@code contents} with {@code said} in the place of the one that was made of it} That
   * is the one that says nothing else, or begins so; a document next to it may quote it.
   */
  private static List<Content> only(String said, List<Content> contents) {
    return holding(contents, said::equals)
        .or(() -> holding(contents, text -> text.startsWith(said)))
        .or(() -> holding(contents, text -> text.contains(said)))
        .map(made -> exchanged(contents, made, TextContent.from(said)))
        .orElse(contents);
  }

  private static Optional<Content> holding(List<Content> contents, Predicate<String> words) {
    return contents.stream()
        .filter(content -> content instanceof TextContent text && words.test(text.text()))
        .findFirst();
  }

  private static List<Content> exchanged(List<Content> contents, Content before, Content now) {
    var exchanged = new ArrayList<>(contents);
    exchanged.set(contents.indexOf(before), now);
    return exchanged;
  }

  private static List<Content> without(String excerpts, List<Content> contents) {
    List<Content> rest =
        contents.stream()
            .filter(content -> !content.equals(TextContent.from(excerpts)))
            .map(content -> without(excerpts + GAP, content))
            .toList();
    return rest.equals(contents) ? behindTheEnd(excerpts, contents) : rest;
  }

  private static Content without(String start, Content content) {
    return content instanceof TextContent words && words.text().startsWith(start)
        ? TextContent.from(words.text().substring(start.length()))
        : content;
  }

  /**
   * A guardrail rewrote the excerpts too. Their last line is not in them again: it is the fence.
   */
  private static List<Content> behindTheEnd(String excerpts, List<Content> contents) {
    String end = excerpts.strip().lines().reduce("", (before, line) -> line);
    var rest = new ArrayList<Content>();
    for (Content content : contents) {
      if (!(content instanceof TextContent words) || !words.text().contains(end)) {
        rest.add(content);
        continue;
      }
      String own = words.text().substring(words.text().indexOf(end) + end.length()).strip();
      if (!own.isEmpty()) {
        rest.add(TextContent.from(own));
      }
    }
    return rest;
  }
}
