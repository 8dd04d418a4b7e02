/** The chat: messages, streaming, stop and retry. */

import DOMPurify from '/webjars/dompurify/3.3.3/dist/purify.es.mjs';
import { marked } from '/webjars/marked/17.0.1/lib/marked.esm.js';
import { answer } from './api.js';
import { $, element } from './page.js';

const SAFE = { ALLOWED_TAGS: ['p', 'br', 'em', 'strong', 'code', 'pre', 'ul', 'ol', 'li', 'blockquote', 'h1', 'h2', 'h3', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'hr', 'del'], ALLOWED_ATTR: ['href'] };

export class Chat {
  #conversation;
  #stop;
  #last;
  #told;

  /** `done` hears when a turn is over. */
  constructor(done) {
    this.done = done;
    $('ask').addEventListener('submit', (event) => {
      event.preventDefault();
      this.say($('question').value);
    });
    $('question').addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        $('ask').requestSubmit();
      }
    });
    $('stop').addEventListener('click', () => this.#stop?.abort());
    $('retry').addEventListener('click', () => this.say(this.#last));
    // A card that comes or grows below must not hide what was said last.
    new ResizeObserver(() => { $('messages').scrollTop = $('messages').scrollHeight; }).observe($('messages'));
  }

  /** From now on somebody listens. */
  ready() {
    $('question').disabled = false;
    $('send').disabled = Boolean(this.#stop);
  }

  /** Shows a conversation from its start. What was said last elsewhere is not to be said again here. */
  show(conversation, turns) {
    this.#stop?.abort();
    this.#conversation = conversation;
    this.#last = undefined;
    $('retry').disabled = true;
    $('messages').replaceChildren();
    for (const turn of turns) {
      for (const message of turn.messages) this.#add(message.role, message.text);
    }
    $('messages').scrollTop = $('messages').scrollHeight;
  }

  async say(text) {
    if (!text?.trim() || this.#stop) return;
    this.#last = text;
    $('question').value = '';
    this.#add('user', text);
    const bubble = this.#add('assistant', '');
    bubble.classList.add('streaming');
    this.#busy(true);
    try {
      await this.#stream(bubble, text);
    } catch (problem) {
      this.#fail(bubble, problem);
    }
    bubble.classList.remove('streaming');
    this.#busy(false);
    await this.done();
  }

  async #stream(bubble, text) {
    const started = performance.now();
    let first;
    let pieces = '';
    const reading = (progress) => this.#tell(`Catching up first: ${progress}…`);
    for await (const piece of answer(this.#conversation, text, this.#stop.signal, reading)) {
      first ??= performance.now() - started;
      pieces += piece;
      render(bubble, pieces);
      bubble.scrollIntoView({ block: 'nearest' });
    }
    this.#tell(first === undefined ? '' : `First token after ${first.toFixed(0)} ms, answer after ${(performance.now() - started).toFixed(0)} ms.`);
  }

  #tell(state) {
    this.#told = state;
    $('state').textContent = state;
  }

  #fail(bubble, problem) {
    // What somebody else has said there meanwhile stays.
    if ($('state').textContent === this.#told) this.#tell('');
    if (problem.name === 'AbortError') {
      bubble.append(element('div', { class: 'aside' }, 'Stopped.'));
      return;
    }
    bubble.classList.add('failed');
    bubble.append(element('p', {}, problem.message));
  }

  #busy(busy) {
    this.#stop = busy ? new AbortController() : undefined;
    $('send').disabled = busy;
    $('stop').disabled = !busy;
    $('retry').disabled = busy || !this.#last;
    if (busy) this.#tell('Reading and answering…');
    else $('question').focus();
  }

  #add(role, text) {
    const item = element('li', { class: role });
    render(item, text);
    $('messages').append(item);
    item.scrollIntoView({ block: 'nearest' });
    return item;
  }
}

function render(item, text) {
  if (item.classList.contains('user')) item.textContent = text;
  else item.innerHTML = DOMPurify.sanitize(marked.parse(text), SAFE);
}
