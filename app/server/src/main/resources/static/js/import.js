/** Takes a file of conversations in, shows how far it is, and can be stopped. */

import { upload } from './api.js';
import { $ } from './page.js';

/** Gives the conversation to open: the last of the file, or the last that came in before it was stopped. */
export async function importFile(file) {
  const stop = new AbortController();
  let latest;
  const show = (event) => {
    latest = event.conversations?.at(-1) || event.conversation || latest;
    $('import-state').textContent = inWords(file.name, event);
    if (event.share === undefined) $('import-bar').removeAttribute('value');
    else $('import-bar').value = event.share;
  };
  const pressed = document.activeElement === $('import');
  $('import').disabled = true; // a second one would be refused, and would take this one's card away
  $('import-stop').onclick = () => stop.abort();
  $('import-card').hidden = false;
  if (pressed) $('import-stop').focus(); // a button that is disabled takes the keyboard's place with it
  show({ phase: 'sending', share: 0 });
  try {
    const end = await upload('/api/conversations/import?progress', file, show, stop.signal);
    $('state').textContent = `Imported ${end.turns} turns.${end.passedOver ? ` ${end.passedOver} were there already.` : ''}`;
  } catch (problem) {
    if (problem.name !== 'AbortError') throw problem;
    $('state').textContent = 'Import stopped. What came in until then is remembered.';
  } finally {
    const there = document.activeElement === $('import-stop');
    $('import-card').hidden = true;
    $('import').disabled = false;
    if (there) $('import').focus();
  }
  return latest;
}

function inWords(name, event) {
  switch (event.phase) {
    case 'sending': return `${name}: ${(100 * event.share).toFixed(0)} % sent`;
    case 'reading': return `${name}: ${event.turns.toLocaleString('en')} turns are in, now “${event.conversation}”`;
    case 'embedding': return `${name}: all ${event.turns.toLocaleString('en')} turns are in and found by their words; by their meaning, ${event.waiting.toLocaleString('en')} are to come`;
    default: return `${name}: ${event.turns?.toLocaleString('en') ?? ''} turns are in`;
  }
}
