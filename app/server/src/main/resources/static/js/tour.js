/** A guided two-minute conversation: a fact, many turns elsewhere, and the fact again. */

import { $, element } from './page.js';

const STEPS = [
  { say: ['My sister is called Zelandra.', 'Zelandra lives in Quillport. She works as a beekeeper.'],
    why: 'Two minutes, and you see what it does. First a fact or two: watch the surprise line: names nobody has heard before stand out.' },
  { say: ['I have a parrot called Mopsel.', 'Mopsel is green.', 'I play the cello.', 'My hobby is pottery.'],
    why: 'Now something else, so that the topic turns. A boundary closes the first episode, and its cache is compressed.' },
  { say: ['The garage code is 4821.', 'I have a dentist appointment on Friday.', 'I booked a trip to Bergen.', 'My hotel is Solvane.', 'I love ramen.'],
    why: 'More turns, more topics. The map shows each episode; what is not needed moves out of memory.' },
  { say: ['Where does my sister live?'],
    why: 'The answer was said a while ago. See under “This turn” which episode came back, why, and how little was read for it.' },
  { say: ['What is my parrot called?', 'What is the garage code?'],
    why: 'It came back from an episode: see below what was recalled. Now two questions that the other episodes answer.' },
];

/** The tour that is on; none where it was left. */
let current;

/** Whoever opens another conversation has left the tour: not one more of its lines is said there. */
export function leaveTour() {
  current = undefined;
  $('tour-card').hidden = true;
}

export function startTour(chat) {
  const mine = {};
  current = mine;
  let step = 0;
  let said = 0; // lines of this step
  const card = $('tour-card');
  card.hidden = false;
  const show = () => {
    if (step === STEPS.length) {
      card.replaceChildren(element('p', {}, 'That is it. Click a circle of the memory map to see what was kept; or stop the server, start it again and ask once more: then it comes back from the disk.'), close());
      return;
    }
    const next = element('button', { type: 'button', onclick: play }, step ? 'Go on' : 'Begin');
    card.replaceChildren(element('p', {}, `${step + 1} of ${STEPS.length}. ${STEPS[step].why}`), next, ' ', close());
    next.focus();
  };
  const close = () => element('button', { type: 'button', onclick: leaveTour }, 'Leave the tour');
  const play = async () => {
    const buttons = [...card.querySelectorAll('button')];
    buttons.forEach((button) => { button.disabled = true; });
    for (; said < STEPS[step].say.length; said++) {
      const answered = await chat.sayOnce(STEPS[step].say[said]);
      if (current !== mine) return;
      if (!answered) { // something else is being answered, or this was stopped: the tour goes on from here
        buttons.forEach((button) => { button.disabled = false; });
        return;
      }
    }
    said = 0;
    step++;
    show();
  };
  show();
}
