// Answers, approval, release and recall. Each entry goes its own way, named by its candidate's reference.
import crypto from 'node:crypto';
import * as citizen from './citizen.mjs';
import { waitFor } from './client.mjs';
import * as cvs from './cv.mjs';
import * as orders from './orders.mjs';
import { HOME, NEIGHBOUR, asked, candidate, confirmed, day, expire } from './pool.mjs';

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
  await files(world);
  await whyNot(world);
  await declines(world);
  const gone = await releasedAndTakenBack(world);
  await cvs.fetched(world, await protectedPerson(world), gone);
  await leavesThePool(world);
  await manyAtOnce(world);
  await outcomes(world);
  await additions(world);
  await reserve(world);
  await citizen.asked(world);
  await closedOrder(world);
  await citizen.accesses(world);
}

// The same list as a sheet and as a document: names for the home, none for the team.
async function files(world) {
  const take = (key, type) => world.call('readShortlist', { key, params: { id: world.order }, headers: { Accept: type }, expect: 200, note: `${type} for ${key}` });
  for (const key of [HOME, 'team']) {
    const sheet = await take(key, 'text/csv');
    const text = sheet.raw.toString('utf8');
    world.require(sheet.type === 'text/csv' && text.startsWith('\uFEFFPlads;Point;Tilstand;'), `readShortlist: ${text}`);
    world.require(text.includes('SAG-') === (key === HOME), `readShortlist: references in a sheet for ${key}`);
    const pdf = await take(key, 'application/pdf');
    world.require(pdf.type === 'application/pdf' && pdf.raw.subarray(0, 5).toString() === '%PDF-', `readShortlist: ${pdf.type}`);
  }
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
  world.require(received.data.cv.basics.name === 'Kandidat 1 (fiktiv)' && !JSON.stringify(received).includes('010190'), 'cv.released: another person, or a CPR number');
  await answer(world, 'SAG-1', { answer: 'withdraw' });
  const recalled = await cv(world, 'cv.recalled', made.json.id);
  world.require(recalled.data.reason === 'consent_withdrawn', `cv.recalled: ${recalled.data.reason}`);
  return made.json.id;
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
  return made.json.id;
}

// Who has expired is confirmed by the home before the team goes on.
async function confirmedFirst(world) {
  await answer(world, 'SAG-6', { answer: 'confirm' });
  await answer(world, 'SAG-6', yes);
  for (const [change, problem] of [[{ epoxy: 1 }, 'fact-expired'], [{ screening: -1 }, 'screening-expired']]) {
    await expire(world, 'SAG-6', change);
    await approve(world, 'SAG-6', { expect: 409, problem });
  }
  await asked(world, 'SAG-6');
  await confirmed(world, 'SAG-6');
  await approve(world, 'SAG-6');
  for (const [change, problem] of [[{ epoxy: 1 }, 'fact-expired'], [{ screening: -1 }, 'screening-expired']]) {
    await expire(world, 'SAG-6', change);
    await release(world, 'SAG-6', { expect: 409, problem });
  }
  await confirmed(world, 'SAG-6');
}

async function leavesThePool(world) {
  await confirmedFirst(world);
  const made = await release(world, 'SAG-6');
  await cv(world, 'cv.released', made.json.id);
  const who = { key: HOME, params: { municipality: HOME, external_ref: 'SAG-6' } };
  await world.call('withdrawCandidate', { ...who, match: '*', body: { reason: 'employed' }, expect: 200, note: 'a released one' });
  const recalled = await cv(world, 'cv.recalled', made.json.id);
  world.require(recalled.data.reason === 'candidate_withdrawn', `cv.recalled: ${recalled.data.reason}`);
}

// Each item of one call has its own result.
async function manyAtOnce(world) {
  const id = world.entries['SAG-7'];
  const items = [{ id, version: 1, answer: 'confirm' }, { id, answer: 'asked' }, { id, answer: 'confirm' }, { id, version: 1, answer: 'no' },
    { id: world.entries['REF-1'], answer: 'confirm' }, { id, answer: 'decline', reason: 'ill' }, { id: 'x', answer: 'no' }, 7];
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const call = { key: HOME, headers, body: { items } };
  const first = await world.call('answerEntries', { ...call, expect: 200 });
  const statuses = first.json.results.map(result => result.status).join();
  world.require(statuses === '200,200,409,412,404,422,422,422', `answerEntries: ${statuses}`);
  const [, asked, , , , reason, none] = first.json.results;
  world.require(asked.state === 'asked' && asked.version === 3 && none.id === null, `answerEntries: ${first.raw}`);
  world.require(reason.problem.errors[0].pointer === '/items/5/reason', `answerEntries: ${first.raw}`);
  const again = await world.call('answerEntries', { ...call, expect: 200, note: 'again' });
  world.require(again.headers['idempotency-replayed'] === 'true' && again.raw.equals(first.raw), 'answerEntries: not replayed');
  await world.call('answerEntries', { ...call, body: { items: items.slice(1) }, expect: 422, problem: 'idempotency-key-reused' });
}

// One is hired, which ends what else that person was on the way to; one is not relevant, and the CV is called back.
async function outcomes(world) {
  const tell = (reference, body, more) => world.call('tellOutcome', { key: 'arbejdsgiver', params: { id: world.entries[reference] }, body,
    expect: 200, note: reference, ...more });
  await tell('SAG-7', { outcome: 'hired' }, { key: 'team', expect: 409, problem: 'answer-not-possible' });
  await tell('SAG-7', { outcome: 'hired' }, { expect: 404, problem: 'not-found', note: 'not sent' });
  for (const reference of ['REF-1', 'REF-2']) {
    for (const body of [{ answer: 'confirm' }, yes]) await step(world, 'answerEntry', reference, NEIGHBOUR, body);
    await approve(world, reference);
    const made = await release(world, reference);
    const received = await cv(world, 'cv.released', made.json.id);
    world.require(received.data.entry_id === world.entries[reference], 'cv.released: another entry');
  }
  await tell('REF-1', { outcome: 'interview' }, { match: '"v5"' });
  const hired = await tell('REF-1', { outcome: 'hired', start_date: day(30) });
  world.require(hired.json.state === 'hired' && hired.json.hired_from === day(30), `tellOutcome: ${hired.raw}`);
  const elsewhere = (await ownEntries(world, world.closed))['REF-1'];
  const gone = await world.call('readEntry', { key: 'team', params: { id: elsewhere }, expect: 200, note: 'hired elsewhere' });
  world.require(gone.json.state === 'obsolete' && gone.json.decline_reason === 'hired_elsewhere', `readEntry: ${gone.raw}`);
  await tell('REF-2', { outcome: 'not_relevant', reason: 'other', text: 'Sagen er udsat.' });
  const recalled = await world.receiver.until('cv.recalled of REF-2', event => event.type === 'cv.recalled' && event.data.reason === 'not_relevant');
  world.require(recalled.data.order_id === world.order, 'cv.recalled: another order');
}

// Beside the ranking: the home's own who lacks the certificate. Whoever could not be ranked cannot be added.
async function additions(world) {
  const facts = candidate('Kandidat 14').facts.filter(each => each.code !== 'epoxy-isocyanate');
  await world.call('putCandidate', { key: HOME, params: { municipality: HOME, external_ref: 'SAG-14' }, body: candidate('Kandidat 14', { facts }), expect: 201 });
  const add = (reference, more) => world.call('addCandidate', { key: HOME, params: { id: world.order },
    body: { candidate: reference, reason: 'worked_there', text: 'Var der i fjor.' }, note: reference, ...more });
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const made = await add('SAG-14', { headers, expect: 201 });
  world.require(made.json.outside_ranking && made.json.rank === null && made.json.state === 'confirmed', `addCandidate: ${made.raw}`);
  world.entries['SAG-14'] = made.json.id;
  const again = await add('SAG-14', { headers, expect: 201 });
  world.require(again.headers['idempotency-replayed'] === 'true' && again.json.id === made.json.id, 'addCandidate: not replayed');
  await add('SAG-13', { headers, expect: 422, problem: 'idempotency-key-reused' });
  await add('SAG-14', { expect: 409, problem: 'state-conflict' });
  await add('SAG-8', { expect: 409, problem: 'candidate-withdrawn' });
  await add('SAG-4', { expect: 409, problem: 'protected-person' });
  const unknown = await add('REF-1', { expect: 422, problem: 'invalid-body' });
  world.require(unknown.json.errors[0].pointer === '/candidate', 'addCandidate: a neighbour\'s candidate');
  const list = await readList(world, world.order, NEIGHBOUR);
  const last = list.entries.at(-1);
  world.require(last.id === made.json.id && last.addition_text === undefined && last.lists === undefined, 'readShortlist: the addition');
}

// Whoever said no to one order of the employer may be put forward for another.
async function reserve(world) {
  const id = (await ownEntries(world, world.closed))['SAG-2'];
  const put = more => world.call('putForward', { key: 'team', params: { id }, body: { reason: 'home_asked' }, expect: 200, ...more });
  const made = await put();
  world.require(made.json.state === 'proposed' && made.json.lists.live === 1, `putForward: ${made.raw}`);
  await put({ expect: 409, problem: 'answer-not-possible' });
  const taken = (await ownEntries(world, world.closed))['SAG-5'];
  await put({ params: { id: taken }, expect: 409, problem: 'state-conflict' });
  await put({ key: `${HOME}-approver`, expect: 403, problem: 'forbidden' });
}

// The closed order's entries stand, but nothing can be done with them.
async function closedOrder(world) {
  const entries = await ownEntries(world, world.closed);
  await orders.close(world);
  await citizen.closed(world, entries['SAG-5']);
  const entry = { params: { id: entries['SAG-5'] }, expect: 409, problem: 'state-conflict' };
  await world.call('answerEntry', { ...entry, key: HOME, match: '*', body: { answer: 'confirm' } });
  await world.call('approveEntry', { ...entry, key: 'team', match: '*', body: {} });
  await world.call('releaseEntry', { ...entry, key: 'team', body: { legal_basis: 'consent' } });
  const approval = { params: entry.params, match: '*', body: {}, expect: 403 };
  await world.call('approveEntry', { ...approval, key: 'team-machine', problem: 'named-person-required' });
  await world.call('approveEntry', { ...approval, key: `${HOME}-approver`, problem: 'forbidden' });
  const again = { posts: 4, radius_km: 70 };
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
      others: [yes, { answer: 'asked' }, { answer: 'replace', reason: 'employed' }, { answer: 'decline', reason: 'no_transport', text: 'Bussen kører ikke.' }] },
    answerEntries: { key: HOME, body: { items: [{ id: world.entries['SAG-5'], answer: 'confirm' }] } },
    tellOutcome: { ...one, key: 'team', match: '*', body: { outcome: 'interview' }, stranger: NEIGHBOUR,
      others: [{ outcome: 'hired', start_date: day(30) }, { outcome: 'not_relevant', reason: 'other', text: 'Sagen er udsat.' }] },
    putForward: { ...one, key: 'team', match: '*', body: { reason: 'too_few' }, stranger: undefined },
    addCandidate: { params: { id: world.order }, key: HOME, body: { candidate: 'SAG-14', reason: 'other', text: 'Er kendt der.' } },
    liftProtection: { ...one, key: `${HOME}-person`, match: '*', body: {}, stranger: NEIGHBOUR },
    approveEntry: { ...one, key: 'team', match: '*', body: {}, stranger: undefined },
    releaseEntry: { ...one, key: 'team', body: { legal_basis: 'public_task' }, stranger: undefined },
    listChanges: { key: 'team' },
  };
}
