/** Puts the page together. */

import { call, conversationPath, Problem, useKey } from './api.js';
import { Chat } from './chat.js';
import { showEarlier } from './earlier.js';
import { importFile } from './import.js';
import { drawMap, showEpisode } from './map.js';
import { $, element } from './page.js';
import { drawSurprise } from './surprise.js';
import { leaveTour, startTour } from './tour.js';
import { drawTurn } from './turn.js';

const VISITED = 'madeleine.visited';
const THEME = 'madeleine.theme';
const SLOW = 700;
const BEGUN_HERE = 'chat-2';

const READS = 'The model reads this conversation, once; then its episodes show here. You may say something or open another one meanwhile.';

let conversation;
let mind;
let refreshes = 0;
let opens = 0;
const chat = new Chat(guarded(refresh));

async function refresh() {
  const asked = conversation;
  const mine = ++refreshes;
  await list();
  const read = await call('GET', `${conversationPath(asked)}/mind`);
  if (asked !== conversation || mine !== refreshes) return; // another one was opened meanwhile, or something was said
  mind = read;
  draw();
}

function draw() {
  if (!mind) return;
  drawSurprise(mind);
  drawMap(mind, conversation);
  drawTurn(mind, guarded(async (id) => {
    const episode = mind.episodes.find((each) => each.id === id);
    if (episode) await showEpisode(episode, conversation);
  }));
}

async function list() {
  const known = await call('GET', '/api/conversations');
  const options = known.some((each) => each.id === conversation) ? known : [{ id: conversation, turns: 0 }, ...known];
  $('conversations').replaceChildren(...options.map((each) =>
    element('option', { value: each.id, selected: each.id === conversation }, title(each))));
}

/** Conversations that were begun here are named by their time; it says more than their id. */
function title({ id, turns, last }) {
  const when = new Date(last ?? Date.now()).toLocaleString('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  return `${id.startsWith(BEGUN_HERE) ? when : id} (${turns} turns)`;
}

async function open(id) {
  stayWhileForgetting();
  if (id !== conversation) leaveTour();
  const mine = ++opens;
  const turns = await turnsOf(id);
  if (mine !== opens) return; // another one was opened meanwhile
  stayWhileForgetting();
  conversation = id;
  address(id);
  chat.show(id, turns);
  guarded(showEarlier)(chat, id, turns, () => mine === opens);
  // Whoever wants to talk does not wait for the model to have read what a file brought.
  chat.ready();
  await list();
  // What came from a file has never been read by the model, and reading takes its time.
  const slow = setTimeout(() => {
    $('mind').classList.add('stale');
    if (!chat.busy) $('state').textContent = READS; // who is being answered hears of it from the answer
  }, SLOW);
  try {
    await refresh();
    if ($('state').textContent === READS) $('state').textContent = '';
  } finally {
    clearTimeout(slow);
    $('mind').classList.remove('stale');
  }
}

/** Says in the address which one is open; the first takes the place of an address that names none. */
function address(id) {
  if (location.hash) location.hash = hashOf(id);
  else history.replaceState(null, '', hashOf(id));
}

/** Where it cannot be had, the one that was open stays it, and list and address say so. */
async function turnsOf(id) {
  try {
    return await call('GET', `${conversationPath(id)}/turns`);
  } catch (problem) {
    stay();
    throw problem;
  }
}

function stay() {
  $('conversations').value = conversation;
  if (conversation !== undefined) history.replaceState(null, '', hashOf(conversation));
}

function stayWhileForgetting() {
  if (!chat.forgetting) return;
  stay();
  throw new Error('What broke off here is asked again first: open the other one after that.');
}

function newId() {
  return `chat-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}`;
}

async function forget(path, what) {
  if (!confirm(`Forget ${what}? This cannot be undone.`)) return;
  const receipt = await call('DELETE', path);
  $('receipt').textContent = 'Erased:\n' + receipt.erased.map((each) => `${each.where}: ${each.what}`).join('\n');
  await open(conversation);
}

/** What came in before a mistake in the file stays, and is in the list. */
async function imported(file) {
  try {
    return await importFile(file);
  } catch (problem) {
    await list().catch(() => {}); // the mistake is what is told
    throw problem;
  }
}

/** Opens what a file brought. An import may take long, and whoever has gone on meanwhile is left where he is, with what he has begun to write. */
async function bring(file) {
  const [opened, begun] = [opens, chat.begun];
  const brought = await imported(file);
  const waited = opened === opens && begun === chat.begun && !chat.busy && !$('question').value.trim();
  if (!brought) await refresh();
  else if (waited || (brought === conversation && !chat.unfinished)) await open(brought);
  else if (brought === conversation) { // the list, where it is chosen already, would not open it
    $('state').textContent += ' They show when it is opened anew.';
    await refresh();
  } else {
    $('state').textContent += ` Open “${brought}” in the list to see them.`;
    await list();
  }
}

function guarded(action) {
  return async (...args) => {
    try {
      await action(...args);
    } catch (problem) {
      $('state').textContent = problem.message;
      if (problem instanceof Problem && problem.status === 401) $('key').showModal();
    }
  };
}

$('conversations').addEventListener('change', guarded((event) => open(event.target.value)));
$('new').addEventListener('click', guarded(() => open(newId())));
$('import').addEventListener('click', () => $('import-file').click());
$('import-file').addEventListener('change', guarded(async (event) => {
  const [file] = event.target.files;
  event.target.value = '';
  if (file) await bring(file);
}));
$('tour').addEventListener('click', guarded(async () => {
  const id = newId();
  await open(id);
  if (id === conversation) startTour(chat);
}));
$('forget-turn').addEventListener('click', guarded(() =>
  forget(`${conversationPath(conversation)}/turns/last`, 'the last turn')));
$('forget-conversation').addEventListener('click', guarded(() =>
  forget(conversationPath(conversation), `the whole conversation “${conversation}”`)));
$('theme').addEventListener('click', () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark'
    || (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  setTheme(dark ? 'light' : 'dark');
});
$('key-form').addEventListener('submit', () => {
  useKey($('key-value').value);
  start();
});
addEventListener('resize', draw);
// Somebody went back or on, or wrote another name into the address.
addEventListener('hashchange', guarded(async () => {
  const asked = named(location.hash.slice(1));
  if (asked && asked !== conversation) await open(asked);
}));

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem(THEME, theme);
}

/** A conversation that cannot be opened must not keep anybody from beginning another. */
async function openFirst(id) {
  try {
    await open(id);
  } catch (problem) {
    if (conversation === undefined) await open(newId());
    throw problem;
  }
}

const hashOf = (id) => `#${encodeURIComponent(id)}`;

/** What follows the # as a name; somebody may have typed it as it is. */
function named(hash) {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

const start = guarded(async () => {
  const status = await call('GET', '/api/status');
  $('toy').hidden = !status.model.toLowerCase().includes('pocket');
  const store = status.store ? `, store ${status.store}` : ''; // where several tenants are it is none's business
  $('model').textContent = `${status.model}, tenant ${status.tenant}${store}`;
  const known = await call('GET', '/api/conversations');
  await openFirst(named(location.hash.slice(1)) || known[0]?.id || newId());
  if (!localStorage.getItem(VISITED) && !known.length) {
    localStorage.setItem(VISITED, 'yes');
    startTour(chat);
  }
});

if (localStorage.getItem(THEME)) setTheme(localStorage.getItem(THEME));
start();
