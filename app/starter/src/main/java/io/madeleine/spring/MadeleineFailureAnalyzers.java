package io.madeleine.spring;

import io.madeleine.conversation.ready.ModelTooLargeException;
import io.madeleine.engine.gguf.GgufException;
import io.madeleine.memory.history.LogException;
import io.madeleine.memory.index.IndexException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** What to do about the likely mistakes, in Spring Boot's own words at start-up. */
final class MadeleineFailureAnalyzers {

  private MadeleineFailureAnalyzers() {}

  /** No folder. */
  static final class NoData extends AbstractFailureAnalyzer<NoDataException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, NoDataException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Set madeleine.data to a folder that this application may write, or declare the bean that"
              + " is to take its place.",
          cause);
    }
  }

  /** What is said would go where the application's memory does not look. */
  static final class OtherHistory extends AbstractFailureAnalyzer<OtherHistoryException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, OtherHistoryException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Make that bean without EpisodicConversations, a chat memory and other beans that work on"
              + " the history: the starter tells it of all that keeps what was derived from turns,"
              + " and of every Eraser bean. Or make it over the TurnLog and the TurnIndex bean, with"
              + " Memory.over.",
          cause);
    }
  }

  /** No such model. */
  static final class NoModel extends AbstractFailureAnalyzer<NoModelException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, NoModelException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Set madeleine.model to the path of a GGUF file, to the name of one in the folder 'models'"
              + " of madeleine.data, or to 'pocket' with madeleine-pocket on the class path; or"
              + " leave it out to use the memory with another model.",
          cause);
    }
  }

  /** The file is no model that can be read. */
  static final class BrokenModel extends AbstractFailureAnalyzer<GgufException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, GgufException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Load the file again, or point madeleine.model at another one.",
          cause);
    }
  }

  /** The embedding model is asked at start, and does not answer. */
  static final class NoDimension extends AbstractFailureAnalyzer<NoDimensionException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, NoDimensionException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Set madeleine.embedding.dimension to how many numbers its vectors have: then it is not"
              + " asked, and while it is down the application starts and finds turns by their words."
              + " Or see to it that the model can be reached.",
          cause);
    }
  }

  /** The model does not fit. */
  static final class ModelTooLarge extends AbstractFailureAnalyzer<ModelTooLargeException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, ModelTooLargeException cause) {
      return new FailureAnalysis(
          cause.getMessage(), "Use a smaller model, or lower madeleine.kv.memory.", cause);
    }
  }

  /** Keys and values have no room at all. */
  static final class TooLittleMemory extends AbstractFailureAnalyzer<TooLittleMemoryException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, TooLittleMemoryException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "Set madeleine.kv.memory to %dMB or more, or leave it out; a number alone is bytes."
              .formatted(cause.megabytes()),
          cause);
    }
  }

  /** The store is locked, cannot be written, or is damaged. */
  static final class Store extends AbstractFailureAnalyzer<LogException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, LogException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "One process at a time may use a data folder: stop the other one, or set madeleine.data"
              + " to another folder that this user may write.",
          cause);
    }
  }

  /** The index is locked or cannot be written. */
  static final class Index extends AbstractFailureAnalyzer<IndexException> {
    @Override
    protected FailureAnalysis analyze(Throwable root, IndexException cause) {
      return new FailureAnalysis(
          cause.getMessage(),
          "The index is derived from the history: delete the folder 'index' in madeleine.data to"
              + " have it built again, or stop the other process that uses it.",
          cause);
    }
  }
}
