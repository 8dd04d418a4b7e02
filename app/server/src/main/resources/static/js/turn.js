/** What the last turn cost, and what came back for it. */

import { $, bytes, element, figures, milliseconds } from './page.js';

export function drawTurn(mind) {
  const turn = mind.lastTurn;
  if (!turn) {
    figures($('turn'), []);
    $('recalled').replaceChildren();
    $('recalled-note').textContent = mind.turns ? 'No turn since the server started.' : 'No turn yet.';
    return;
  }
  figures($('turn'), [
    ['tokens read', turn.prefilled.toLocaleString('en')],
    ['tokens that needed no reading', turn.saved.toLocaleString('en')],
    ['to the first token', milliseconds(turn.ttftMs)],
    ['re-reading everything would take', milliseconds(turn.rereadMs)],
    ['KV in use', bytes(turn.kvBytes)],
    ['KV of the whole history', bytes(turn.kvBytesFull)],
  ]);
  $('recalled-note').textContent = turn.recalled.length
    ? 'What came back, in the order in which it was said:'
    : 'Nothing was recalled: what it needed was still there.';
  $('recalled').replaceChildren(...turn.recalled.map((recall) => element('li', {},
    element('span', {}, recall.text),
    element('div', { class: 'why' }, `${recall.reason}; score ${recall.score.toFixed(2)}`))));
}
