// The candidate's own link and page, and who has seen them.
import crypto from 'node:crypto';
import { HOME, NEIGHBOUR } from './pool.mjs';

const own = reference => ({ municipality: HOME, external_ref: reference });
const hidden = (page, name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '';
const headline = answer => /<h1>([^<]*)/.exec(answer.raw.toString('utf8'))?.[1] ?? '';

const link = (world, key, id, change = {}) => world.call('createLink', { key, params: { id }, body: {}, expect: 201, ...change });
const form = body => ({ body: new URLSearchParams(body).toString(), type: 'application/x-www-form-urlencoded' });

async function page(world, token) {
  const answer = await world.call('readAnswerPage', { params: { token }, expect: 200 });
  const headers = { 'content-security-policy': /default-src 'none'/, 'referrer-policy': /^no-referrer$/, 'cache-control': /^no-store$/ };
  for (const [name, value] of Object.entries(headers)) world.require(value.test(answer.headers[name]), `readAnswerPage: ${name}: ${answer.headers[name]}`);
  return answer.raw.toString('utf8');
}

async function send(world, token, svar, more = {}) {
  const text = await page(world, token);
  const fields = { svar, tekst: hidden(text, 'tekst'), side: hidden(text, 'side'), last: 'ja', ...more };
  return world.call('sendAnswerPage', { params: { token }, ...form(fields), expect: 200, note: svar });
}

// A candidate who is confirmed is asked, says yes, and takes it back.
export async function asked(world) {
  const id = world.entries['SAG-14'];
  await link(world, HOME, world.entries['SAG-2'], { expect: 409, problem: 'answer-not-possible', note: 'declined' });
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const made = await link(world, HOME, id, { headers });
  world.require(made.json.message.text.includes(made.json.url), 'createLink: the message lacks the address');
  const again = await link(world, HOME, id, { headers, note: 'again' });
  world.require(again.json.url === null && again.json.message === null, 'createLink: the address is shown twice');
  const token = new URL(made.json.url).pathname.split('/').pop();
  world.require(headline(await send(world, token, 'yes', { last: '' })).startsWith('Du har sagt ja'), 'sendAnswerPage: no yes');
  const entry = await world.call('readEntry', { key: HOME, params: { id }, expect: 200 });
  world.require(entry.json.state === 'yes' && entry.json.consent.given_by === 'candidate', `readEntry: ${JSON.stringify(entry.json.consent)}`);
  world.require(headline(await send(world, token, 'withdraw')) === 'Dit ja er trukket tilbage', 'sendAnswerPage: not withdrawn');
  world.answerToken = token;
  await inProgress(world, id);
}

export async function closed(world, id) {
  await link(world, HOME, id, { expect: 409, problem: 'state-conflict', note: 'a closed order' });
}

async function inProgress(world, id) {
  const key = crypto.randomUUID();
  const actor = world.settings.keys[HOME].split('_')[2];
  const session = await world.hold(`SELECT pg_advisory_lock(hashtextextended(concat_ws(' ', '${actor}'::uuid, 'POST', ` +
    `'/v1/shortlist-entries/${id}/link', '${key}'), 0));`);
  await link(world, HOME, id, { headers: { 'Idempotency-Key': key }, expect: 409, problem: 'idempotency-in-progress' });
  session.stdin.end();
}

export async function accesses(world) {
  const call = { key: HOME, params: own('SAG-1') };
  const seen = await world.walk('listAccesses', { ...call, query: { limit: 5 } });
  world.require(seen.some(each => each.action === 'cv.delivered'), 'listAccesses: a CV went, and nobody says so');
  world.require(!JSON.stringify(seen).includes('Sagsbehandler'), 'listAccesses: somebody is named');
  const html = await world.call('listAccesses', { ...call, headers: { Accept: 'text/html' }, expect: 200, note: 'as a page' });
  world.require(headline(html) === 'Hvem har set dine oplysninger i emnebanken', `listAccesses: ${headline(html)}`);
}

export function bases(world) {
  return {
    createLink: { key: HOME, params: { id: world.entries['SAG-5'] }, body: {}, stranger: NEIGHBOUR },
    readAnswerPage: { params: { token: world.answerToken } },
    sendAnswerPage: { params: { token: world.answerToken }, ...form({ svar: 'no' }) },
    listAccesses: { key: HOME, params: own('SAG-1'), stranger: NEIGHBOUR },
  };
}
