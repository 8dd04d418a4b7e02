package io.madeleine.langchain4j.model.kit;

/**
 * Every capability of LangChain4j's kits that is switched off, and why: the one place. Switched off
 * means that the kit asks for a refusal by name instead, which it gets.
 */
final class Skips {

  /** One model is loaded; asking for another is refused, not answered by this one. */
  static final boolean MODEL_NAME = false;

  /** A call counts when it is whole: half of one may still have to be asked for again. */
  static final boolean PARTIAL_TOOL_CALLS = false;

  /** The engine reads words. */
  static final boolean IMAGES = false;

  private Skips() {}
}
