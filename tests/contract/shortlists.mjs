// Answers, approval, release and recall. Each entry goes its own way, named by its candidate's reference.
import crypto from 'node:crypto';
import { waitFor } from './client.mjs';
import * as orders from './orders.mjs';
import { HOME, NEIGHBOUR, candidate, day } from './pool.mjs';

const yes = { answer: 'yes', given_at: new Date(Date.now() - 60000).toISOString(), how: 'telephone', text_version: '2026-1' };

async function readList(world, order, key) {
  const answer = await waitFor('the shortlist', async () => {
    const found = await world.caller.attempt('readShortlist', { key, params: { id: order } });
    return found.status === 200 && found;
  });
  return answer.json;
}

// Own entries of two homes by external reference.
async function ownEntries(world, order) {
  const entries = {};
  for (const key of [HOME, NEIGHBOUR]) {
    const list = await readList(world, order, key);
    for (const entry of list.entries) {
      world.require(entry.own === (entry.municipality === key) && entry.own === Boolean(entry.external_ref), `readShortlist: own of ${key}`);
      if (entry.own) entries[entry.external_ref] = entry.id;
    }
  }
  return entries;
}

// One step of an entry with its present version.
async function step(world, id, reference, key, body, more = {}) {
  const params = { id: world.entries[reference] };
  const read = await world.call('readEntry', { key, params, expect: 200 });
  return world.call(id, { key, params, match: read.headers.etag, body, expect: 200, note: reference, ...more });
}

const answer = (world, reference, body, more) => step(world, 'answerEntry', reference, HOME, body, more);
const approve = (world, reference, more) => step(world, 'approveEntry', reference, 'team', {}, more);
const release = (world, reference, more) => world.call('releaseEntry', { key: 'team', params: { id: world.entries[reference] },
  body: { legal_basis: 'public_task' }, expect: 201, note: reference, ...more });

async function toApproved(world, reference) {
  await answer(world, reference, { answer: 'confirm' });
  await answer(world, reference, yes);
  const approved = await approve(world, reference);
  world.require(approved.json.state === 'approved' && approved.json.approval.person.includes('fiktiv'), `approveEntry: ${approved.json.state}`);
}

const cv = (world, kind, id) => world.receiver.until(`${kind} of ${id}`, event => event.type === kind && event.data.release_id === id);

export async function play(world) {
  world.entries = await ownEntries(world, world.order);
  await readList(world, world.order, 'team');
  await whyNot(world);
  await declines(world);
  await releasedAndTakenBack(world);
  await protectedPerson(world);
  await leavesThePool(world);
  await closedOrder(world);
}

// Of one on the list, one whom a must excludes, and one who is not there for anybody.
async function whyNot(world) {
  const ask = async (reference, key = HOME, change = {}) => {
    const params = { municipality: reference.startsWith('SAG') ? HOME : NEIGHBOUR, external_ref: reference };
    const read = await world.call('readCandidate', { key: params.municipality, params, expect: 200, note: reference });
    const call = { key, params: { id: world.order, candidate: read.json.id }, expect: 200, note: `${reference} for ${key}`, ...change };
    return (await world.call('readWhyNot', call)).json;
  };
  const reasons = answer => answer.excluded_by.map(each => `${each.reason} ${each.requirement?.code}`).join();
  for (const [reference, key] of [['SAG-5', HOME], ['SAG-5', 'team'], ['REF-1', HOME]]) {
    const listed = await ask(reference, key);
    world.require(listed.listed && listed.excluded_by.length === 0 && listed.points_short === 0, `readWhyNot: ${reference} is not listed`);
  }
  const without = await ask('SAG-10');
  world.require(!without.listed && reasons(without).includes('must_missing epoxy-isocyanate'), `readWhyNot: ${reasons(without)}`);
  world.require(without.explanation_da.startsWith('Ikke på listen: '), `readWhyNot: ${without.explanation_da}`);
  const gone = await ask('SAG-8');
  world.require(reasons(gone) === 'not_available undefined' && gone.rank === null && gone.smallest_change === null, `readWhyNot: ${reasons(gone)}`);
  await ask('SAG-10', NEIGHBOUR, { expect: 404, problem: 'not-found' });
  await ask('SAG-10', 'team', { expect: 404, problem: 'not-found' });
}

async function declines(world) {
  await answer(world, 'SAG-2', { answer: 'decline', reason: 'other', text: 'Er begyndt i lære.' });
  await answer(world, 'SAG-2', { answer: 'confirm' }, { expect: 409, problem: 'answer-not-possible' });
  await answer(world, 'SAG-3', { answer: 'confirm' });
  await answer(world, 'SAG-3', { answer: 'no' });
  const textless = await answer(world, 'SAG-5', { answer: 'decline', reason: 'other' }, { expect: 422, problem: 'invalid-body' });
  world.require(textless.json.errors[0].pointer === '/text', 'answerEntry: other without a text');
  await approve(world, 'SAG-5', { expect: 409, problem: 'answer-not-possible' });
  await release(world, 'SAG-5', { expect: 409, problem: 'answer-not-possible' });
}

async function releasedAndTakenBack(world) {
  await toApproved(world, 'SAG-1');
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const made = await release(world, 'SAG-1', { headers });
  const again = await release(world, 'SAG-1', { headers, note: 'again' });
  world.require(again.headers['idempotency-replayed'] === 'true' && again.json.id === made.json.id, 'releaseEntry: not replayed');
  await release(world, 'SAG-1', { headers, body: { legal_basis: 'consent' }, expect: 422, problem: 'idempotency-key-reused' });
  const received = await cv(world, 'cv.released', made.json.id);
  world.require(received.data.name === 'Kandidat 1 (fiktiv)' && !JSON.stringify(received).includes('010190'), 'cv.released: another person, or a CPR number');
  await answer(world, 'SAG-1', { answer: 'withdraw' });
  const recalled = await cv(world, 'cv.recalled', made.json.id);
  world.require(recalled.data.reason === 'consent_withdrawn', `cv.recalled: ${recalled.data.reason}`);
}

async function protectedPerson(world) {
  await toApproved(world, 'SAG-4');
  const body = candidate('Kandidat 4', { protection: 'address' });
  await world.call('putCandidate', { key: HOME, params: { municipality: HOME, external_ref: 'SAG-4' }, body, expect: 200 });
  await release(world, 'SAG-4', { expect: 409, problem: 'protected-person' });
  await step(world, 'liftProtection', 'SAG-4', HOME, {}, { expect: 403, problem: 'named-person-required' });
  await step(world, 'liftProtection', 'SAG-4', `${HOME}-person`, {});
  await step(world, 'liftProtection', 'SAG-5', `${HOME}-person`, {}, { expect: 409, problem: 'answer-not-possible' });
  await release(world, 'SAG-4', { key: `${HOME}-approver`, expect: 403, problem: 'forbidden' });
  const made = await release(world, 'SAG-4');
  await cv(world, 'cv.released', made.json.id);
}

async function leavesThePool(world) {
  await toApproved(world, 'SAG-6');
  const made = await release(world, 'SAG-6');
  await cv(world, 'cv.released', made.json.id);
  const who = { key: HOME, params: { municipality: HOME, external_ref: 'SAG-6' } };
  await world.call('withdrawCandidate', { ...who, match: '*', body: { reason: 'employed' }, expect: 200, note: 'a released one' });
  const recalled = await cv(world, 'cv.recalled', made.json.id);
  world.require(recalled.data.reason === 'candidate_withdrawn', `cv.recalled: ${recalled.data.reason}`);
}

// The closed order's entries stand, but nothing can be done with them.
async function closedOrder(world) {
  const entries = await ownEntries(world, world.closed);
  await orders.close(world);
  const entry = { params: { id: entries['SAG-5'] }, expect: 409, problem: 'state-conflict' };
  await world.call('answerEntry', { ...entry, key: HOME, match: '*', body: { answer: 'confirm' } });
  await world.call('approveEntry', { ...entry, key: 'team', match: '*', body: {} });
  await world.call('releaseEntry', { ...entry, key: 'team', body: { legal_basis: 'consent' } });
  const approval = { params: entry.params, match: '*', body: {}, expect: 403 };
  await world.call('approveEntry', { ...approval, key: 'team-machine', problem: 'named-person-required' });
  await world.call('approveEntry', { ...approval, key: `${HOME}-approver`, problem: 'forbidden' });
  const again = { posts: 4, end_date: day(210) };
  await world.call('changeJobOrder', { key: 'team', params: { id: world.order }, match: '*', body: again, expect: 200, note: 'ranked again' });
  await world.receiver.until('order.changed', event => event.type === 'order.changed' && event.data.order_id === world.order);
}

export async function bases(world) {
  const one = { params: { id: world.entries['SAG-5'] }, stranger: 'stranger' };
  const list = { params: { id: world.closed }, stranger: 'stranger' };
  const entry = await world.call('readEntry', { ...one, key: 'team', expect: 200, note: 'whose candidate' });
  return {
    readShortlist: { ...list, key: 'team' },
    readWhyNot: { params: { ...list.params, candidate: entry.json.candidate.id }, stranger: 'stranger', key: 'team' },
    readEntry: { ...one, key: 'team' },
    answerEntry: { ...one, key: HOME, match: '*', body: { answer: 'confirm' }, stranger: NEIGHBOUR,
      others: [yes, { answer: 'decline', reason: 'no_transport', text: 'Bussen kører ikke.' }] },
    liftProtection: { ...one, key: `${HOME}-person`, match: '*', body: {}, stranger: NEIGHBOUR },
    approveEntry: { ...one, key: 'team', match: '*', body: {}, stranger: undefined },
    releaseEntry: { ...one, key: 'team', body: { legal_basis: 'public_task' }, stranger: undefined },
    listChanges: { key: 'team' },
  };
}
