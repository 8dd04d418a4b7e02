package io.madeleine.langchain4j.form;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;

/**
 * An answer that has a form, or calls tools: the first token decides. Behind the token that opens a
 * call everything may come, since calls are parsed strictly afterwards anyway.
 */
final class CallOrForm implements TokenMask {

  private final TokenMask form;
  private final int opening;
  private final int vocabulary;
  private boolean begun;
  private boolean calls;

  /**
   * @param form what an answer that calls nothing looks like
   * @param opening the token that opens a call
   * @param vocabulary how many tokens there are
   */
  CallOrForm(TokenMask form, int opening, int vocabulary) {
    this.form = form;
    this.opening = opening;
    this.vocabulary = vocabulary;
  }

  @Override
  public TokenSet allowed() {
    if (calls) {
      return TokenSet.of(vocabulary, id -> true);
    }
    TokenSet formed = form.allowed();
    return begun ? formed : TokenSet.of(vocabulary, id -> id == opening || formed.contains(id));
  }

  @Override
  public boolean mayEnd() {
    return calls || form.mayEnd();
  }

  @Override
  public void accept(int token) {
    calls = calls || (!begun && token == opening);
    begun = true;
    if (!calls) {
      form.accept(token);
    }
  }
}
