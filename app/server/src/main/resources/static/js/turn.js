/** What the last turn cost, and what came back for it. */

import { $, bytes, element, figures, milliseconds } from './page.js';
import { recall, tier } from './words.js';

/** `show` opens an episode by its id. */
export function drawTurn(mind, show) {
  const turn = mind.lastTurn;
  if (!turn) {
    figures($('turn'), []);
    $('recalled').replaceChildren();
    $('turn-words').textContent = mind.turns ? 'No turn since the server started.' : 'No turn yet.';
    $('recalled-note').textContent = '';
    return;
  }
  $('turn-words').textContent = inWords(turn);
  figures($('turn'), [
    ['tokens read', turn.prefilled.toLocaleString('en')],
    ['tokens that needed no reading', turn.saved.toLocaleString('en')],
    ['to the first token', milliseconds(turn.ttftMs)],
    ['re-reading everything would take', milliseconds(turn.rereadMs)],
    ['working memory (KV) in use', bytes(turn.kvBytes)],
    ['with the whole history in it', bytes(turn.kvBytesFull)],
  ]);
  $('recalled-note').textContent = turn.recalled.length
    ? 'What came back, in the order in which it was said:'
    : 'Nothing was recalled: what it needed was still there.';
  $('recalled').replaceChildren(...byText(turn.recalled).map((recalls) => item(recalls, show)));
}

function inWords(turn) {
  const all = turn.prefilled + turn.saved;
  return `Of ${all.toLocaleString('en')} tokens before the answer it read ${turn.prefilled.toLocaleString('en')}; the rest it had kept. `
    + `The first word took ${milliseconds(turn.ttftMs)}; reading the whole conversation again would take ${milliseconds(turn.rereadMs)}.`;
}

/** A turn may lie in two episodes, which came back together: one line for it. */
function byText(recalled) {
  return [...Map.groupBy(recalled, (each) => each.text).values()];
}

function item(recalls, show) {
  const [first] = recalls;
  const why = first.reasons.length ? `found by ${first.reasons.map(recall).join(' and ')}` : 'found by its rank';
  const where = [...new Set(recalls.map((each) => tier(each.tier)))].join(' and ');
  const episodes = recalls.length > 1 ? `${recalls.length} episodes, ` : '';
  return element('li', {},
    element('button', { type: 'button', class: 'plain', onclick: () => show(first.episode) }, first.text),
    element('div', { class: 'why' }, `${why}; ${episodes}it was ${where}; score ${first.score.toFixed(2)}`));
}
