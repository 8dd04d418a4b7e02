/** The turns before those that are shown: how many there are, and more of them for whoever asks. */

import { call, conversationPath } from './api.js';
import { element } from './page.js';

const FIRST = 200; // turns that the server gives unasked
const MORE = 1_000;
const MOST = 10_000; // that it gives at once

/** `shown` are the newest turns; `current` says whether the conversation is still the one that is shown. */
export async function showEarlier(chat, conversation, shown, current) {
  if (shown.length < FIRST) return;
  const known = await call('GET', '/api/conversations');
  const all = known.find((each) => each.id === conversation)?.turns ?? shown.length;
  if (!current() || all <= shown.length) return;
  new Earlier(chat, conversation, shown, all - shown.length, current).show([]);
}

class Earlier {
  #chat;
  #conversation;
  #first;
  #shown;
  #before;
  #current;
  #note = element('li', { class: 'earlier' });

  constructor(chat, conversation, shown, before, current) {
    this.#chat = chat;
    this.#conversation = conversation;
    this.#first = shown[0].index;
    this.#shown = shown.length;
    this.#before = before;
    this.#current = current;
  }

  show(turns) {
    this.#note.remove();
    const words = `${this.#before.toLocaleString('en')} earlier turns are remembered. `;
    const more = element('button', { type: 'button', onclick: () => this.#more(more) }, 'Show more of them');
    this.#note.replaceChildren(words, ...(this.#shown < MOST ? [more] : ['An export has them all.']));
    this.#chat.showBefore(this.#before ? [this.#note] : [], turns);
  }

  async #more(button) {
    button.disabled = true;
    try {
      const newest = Math.min(MOST, this.#shown + MORE);
      const turns = await call('GET', `${conversationPath(this.#conversation)}/turns?newest=${newest}`);
      if (!this.#current()) return;
      const earlier = turns.filter((turn) => turn.index < this.#first);
      this.#first = earlier[0]?.index ?? this.#first;
      this.#shown = newest;
      this.#before = earlier.length ? Math.max(0, this.#before - earlier.length) : 0;
      this.show(earlier);
    } catch (problem) {
      button.disabled = false;
      button.after(` ${problem.message}`);
    }
  }
}
