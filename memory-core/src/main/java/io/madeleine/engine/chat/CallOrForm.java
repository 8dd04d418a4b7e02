package io.madeleine.engine.chat;

import io.madeleine.engine.generation.TokenMask;
import io.madeleine.engine.generation.TokenSet;

/** An answer that has a form, or calls a tool: the first token decides. For one answer. */
public final class CallOrForm implements TokenMask {

  private final TokenMask form;
  private final TokenMask call;
  private final int opening;
  private final int vocabulary;
  private boolean begun;
  private boolean calls;

  /**
   * @param form what an answer that calls nothing looks like
   * @param opening the token that opens a call, and no answer of that form
   * @param call what a call looks like, its opening token included
   * @param vocabulary how many tokens there are
   */
  public CallOrForm(TokenMask form, int opening, TokenMask call, int vocabulary) {
    this.form = form;
    this.opening = opening;
    this.call = call;
    this.vocabulary = vocabulary;
  }

  /**
   * Where no form can be made of the tools' schemas: {@return a mask that leaves a call as it
   * comes} It is read strictly afterwards anyway.
   */
  public static CallOrForm ofAnyCall(TokenMask form, int opening, int vocabulary) {
    return new CallOrForm(form, opening, new Anything(vocabulary), vocabulary);
  }

  @Override
  public TokenSet allowed() {
    if (begun) {
      return chosen().allowed();
    }
    TokenSet formed = form.allowed();
    return TokenSet.of(vocabulary, id -> id == opening || formed.contains(id));
  }

  @Override
  public boolean mayEnd() {
    return chosen().mayEnd();
  }

  @Override
  public void accept(int token) {
    calls = calls || (!begun && token == opening);
    begun = true;
    chosen().accept(token);
  }

  private TokenMask chosen() {
    return calls ? call : form;
  }
}
