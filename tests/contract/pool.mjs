// Reference tables, organisations, and two municipalities' candidates.
import { waitFor } from './client.mjs';
import { CANARY } from './ledger.mjs';

export const HOME = '0751';
export const NEIGHBOUR = '0730';

// A day from today, YYYY-MM-DD.
export const day = offset => new Date(Date.now() + offset * 86400000).toISOString().slice(0, 10);

const fact = (kind, code, extra) => ({ kind, code, stated_on: day(-10), source: 'interview', ...extra });

export const candidate = (name, change = {}) => ({
  person: { name: `${name} (fiktiv)`, phone: '+45 20 00 00 00', email: 'fiktiv@example.dk', address: 'Prøvevej 1', note: 'Har bil.' },
  postcode: '8000', max_travel_km: 100, available_from: day(0), kinds: ['permanent', 'temporary'], protection: 'none',
  screening: { by: 'MK', on: day(-10), until: day(200) },
  facts: [
    fact('occupation', '7114.8', { years: 6 }), fact('certificate', 'epoxy-isocyanate', { valid_until: day(700), source: 'certificate_seen' }),
    fact('competence', 'formwork', { level: 4, years: 5, last_used: day(-100) }), fact('licence', 'B', { valid_until: day(3000) }),
    fact('language', 'da', { level: 6 }),
  ],
  ...change,
});

const at = (external_ref, municipality = HOME) => ({ params: { municipality, external_ref }, key: municipality });

// [reference, name, distance, kinds] of each row, as Danish Excel saves it.
const csv = rows => ['reference;navn;postnummer;rejseafstand_km;ledig_fra;arbejdsformer;kompetencer;oplyst_den',
  ...rows.map(([reference, name, distance, kinds]) => `${reference};${name} (fiktiv);8000;${distance};${day(0)};${kinds};formwork:3:5;${day(-5)}`),
].map(line => `${line}\r\n`).join('');

export async function play(world) {
  await reference(world);
  await putAndRead(world);
  await change(world);
  await confirm(world);
  await refuse(world);
  await imports(world);
  await batches(world);
  const listed = await world.walk('listCandidates', { key: HOME, query: { limit: 3 } });
  world.require(listed.length === 11, `listCandidates: ${listed.length}, not 11`);
}

async function reference(world) {
  for (const id of ['listMunicipalities', 'listTrades', 'listCompetences', 'listCertificates']) await world.call(id, { key: 'team', expect: 200 });
  const all = await world.walk('listOrganisations', { key: 'team', query: { limit: 5 } });
  const employers = await world.walk('listOrganisations', { key: 'team', query: { kind: 'employer' } });
  world.require(all.length >= 13 && employers.length === 2, `listOrganisations: ${all.length} and ${employers.length} employers`);
}

async function putAndRead(world) {
  for (const number of [1, 2, 3, 4, 5, 6, 7]) {
    const call = { ...at(`SAG-${number}`), body: candidate(`Kandidat ${number}`), expect: 201 };
    const made = await world.call('putCandidate', call);
    world.require(made.json.changed, 'putCandidate: made, but not changed');
  }
  for (const number of [1, 2]) await world.call('putCandidate', { ...at(`REF-${number}`, NEIGHBOUR), body: candidate(`Nabo ${number}`), expect: 201 });
  const same = await world.call('putCandidate', { ...at('SAG-1'), body: candidate('Kandidat 1'), expect: 200, note: 'a repeat' });
  world.require(same.json.changed === false && same.json.version === 1, 'putCandidate: a repeat changes something');
  const body = candidate('Kandidat 1', { max_travel_km: 90, person: { name: 'Kandidat 1 (fiktiv)', cpr: '010190-1234' } });
  await world.call('putCandidate', { ...at('SAG-1'), body, match: '"v1"', expect: 200, note: 'a change' });
  const read = await world.call('readCandidate', { ...at('SAG-1'), expect: 200 });
  world.require(read.json.person.cpr === '010190-••••', `readCandidate: cpr ${read.json.person.cpr}`);
}

async function change(world) {
  const who = at('SAG-1');
  const body = { set: [fact('competence', 'concrete-pouring', { level: 3 })], remove: [{ kind: 'licence', code: 'B' }] };
  await world.call('patchCandidateFacts', { ...who, body, match: '*', expect: 200 });
  await world.call('putCandidateScreening', { ...who, body: { by: 'BO', on: day(0), until: day(180) }, match: '*', expect: 200 });
  await world.call('putCandidate', { ...at('SAG-8'), body: candidate('Kandidat 8'), expect: 201 });
  const gone = await world.call('withdrawCandidate', { ...at('SAG-8'), body: { reason: 'moved' }, match: '"v1"', expect: 200 });
  world.require(gone.json.withdrawn && gone.json.changed, 'withdrawCandidate: not withdrawn');
  const again = await world.call('withdrawCandidate', { ...at('SAG-8'), body: { reason: 'moved' }, match: '"v1"', expect: 200, note: 'again' });
  world.require(again.json.changed === false, 'withdrawCandidate: a second time changes something');
  await world.call('readCandidate', { ...at('SAG-8'), expect: 200, note: 'withdrawn' });
  const left = await world.call('readCandidateHistory', { ...at('SAG-8'), expect: 200, note: 'withdrawn' });
  world.require(left.json.known && left.json.withdrawn && left.json.available === false, `readCandidateHistory: ${left.raw}`);
  const before = await world.call('readCandidateHistory', { ...at('SAG-8'), query: { recorded_at: '2020-01-01T00:00:00Z', valid_on: day(1) }, expect: 200, note: 'before' });
  world.require(before.json.known === false && before.json.available === null, `readCandidateHistory: ${before.raw}`);
  await world.call('readCandidateHistory', { ...at('SAG-8'), query: { valid_on: 'torsdag' }, expect: 400, problem: 'query-invalid' });
}

const screening = until => ({ by: 'MK', on: day(until > 0 ? 0 : until - 100), until: day(until) });

// One at a time and many; a repeat changes nothing.
async function confirm(world) {
  const body = { screening: screening(180), facts: [{ kind: 'competence', code: 'formwork' }] };
  const done = await world.call('confirmCandidate', { ...at('SAG-2'), match: '"v1"', body, expect: 200 });
  world.require(done.json.changed && done.json.version === 2, `confirmCandidate: ${done.raw}`);
  const again = await world.call('confirmCandidate', { ...at('SAG-2'), body, expect: 200, note: 'again' });
  world.require(again.json.changed === false, 'confirmCandidate: a repeat changes something');
  await world.call('confirmCandidate', { ...at('SAG-2'), match: '"v1"', body, expect: 412, problem: 'version-stale' });
  await world.call('confirmCandidate', { ...at('SAG-8'), body, expect: 409, problem: 'candidate-withdrawn' });
  await world.call('confirmCandidate', { ...at('NONE'), body, expect: 404, problem: 'not-found' });
  const items = [{ external_ref: 'SAG-3', version: 1, ...body }, { external_ref: 'SAG-8', ...body }, { external_ref: 'NONE', ...body },
    { external_ref: 'SAG-3', version: 1, ...body }, { external_ref: 'SAG-3', facts: [{ kind: 'licence', code: 'CE' }] }, { external_ref: 'SAG-3' }, 7];
  const many = await world.call('confirmCandidates', { key: HOME, body: { items }, expect: 200 });
  const statuses = many.json.results.map(result => result.status).join();
  world.require(statuses === '200,409,404,412,422,422,422' && many.json.changed === 1, `confirmCandidates: ${many.raw}`);
  world.require(many.json.results[4].problem.errors[0].pointer === '/items/4/facts/0/code', `confirmCandidates: ${many.raw}`);
  await world.call('confirmCandidates', { key: 'stranger', body: { items }, expect: 403, problem: 'forbidden' });
}

// Past the last day: the home gets a task, and nobody approves or releases before it has confirmed.
export async function expire(world, reference, change) {
  const who = at(reference);
  if (change.screening) await world.call('putCandidateScreening', { ...who, body: screening(change.screening), match: '*', expect: 200, note: 'expires' });
  if (change.epoxy) {
    const set = [fact('certificate', 'epoxy-isocyanate', { valid_until: day(change.epoxy), source: 'certificate_seen' })];
    await world.call('patchCandidateFacts', { ...who, body: { set }, match: '*', expect: 200, note: 'expires' });
  }
}

// The task is there, and the home has been told of it.
export async function asked(world, reference) {
  await waitFor(`a task of ${reference}`, async () => {
    const found = await world.caller.attempt('listCandidateTasks', { key: HOME, query: { kind: 'confirm_screening', due_before: day(0) } });
    return found.json.items.some(task => task.candidate.external_ref === reference && task.expired);
  });
  await world.receiver.until('candidate.expiring', event => event.type === 'candidate.expiring' && event.data.confirm_screening > 0);
}

// Confirmed again, and the task is done.
export async function confirmed(world, reference) {
  const body = { screening: screening(180), facts: [{ kind: 'certificate', code: 'epoxy-isocyanate', valid_until: day(700) }] };
  await world.call('confirmCandidate', { ...at(reference), body, expect: 200 });
  const done = await world.call('listCandidateTasks', { key: HOME, query: { state: 'done', limit: 200 }, expect: 200 });
  world.require(done.json.items.some(task => task.candidate.external_ref === reference), 'listCandidateTasks: not done');
}

// What only the database can see, and all of it at once; and a reference that is a CPR number.
async function refuse(world) {
  const unknown = candidate('Fejl', { postcode: '9999', facts: [fact('competence', CANARY.toLowerCase()), fact('occupation', '0000.1')] });
  const answer = await world.call('putCandidate', { ...at('SAG-9'), body: unknown, expect: 422, problem: 'invalid-body' });
  const pointers = answer.json.errors.map(error => `${error.pointer} ${error.code}`).sort().join(', ');
  world.require(pointers === '/facts/0/code UNKNOWN, /facts/1/code UNKNOWN, /postcode UNKNOWN', `putCandidate: ${pointers}`);
  const taken = candidate('Fejl', { person: { name: 'Fejl (fiktiv)', cpr: '010190-1234' } });
  const second = await world.call('putCandidate', { ...at('SAG-9'), body: taken, expect: 422, note: 'a CPR number twice' });
  world.require(second.json.errors[0].code === 'TAKEN', 'putCandidate: a CPR number twice');
  const cpr = await world.call('putCandidate', { ...at('010190-1234'), body: candidate('Fejl'), expect: 422, note: 'a CPR number as reference' });
  world.require(cpr.json.errors[0].code === 'CPR', 'putCandidate: a CPR number in the URL');
  const twice = candidate('Fejl', { facts: [fact('licence', 'B', { level: 2 }), fact('licence', 'B')] });
  const third = await world.call('putCandidate', { ...at('SAG-9'), body: twice, expect: 422, note: 'facts that cannot be' });
  world.require(third.json.errors.map(error => error.code).sort().join() === 'DUPLICATE,NOT_ALLOWED', 'putCandidate: facts that cannot be');
}

async function imports(world) {
  const line = (external_ref, change) => JSON.stringify({ external_ref, ...candidate('Fra fil', change) });
  const ndjson = [line('REF-3'), line('REF-4', { postcode: '9999' }), '{"', line('REF-3')].join('\n');
  const first = await world.call('importCandidates', { key: NEIGHBOUR, type: 'application/x-ndjson', body: ndjson, expect: 200 });
  world.require(first.json.created === 1 && first.json.rejected === 3, `importCandidates: ${first.raw}`);
  const table = csv([['SAG-10', 'Anna Prøve', '50', 'fast'], ['SAG-11', 'Bo Prøve', 'halvtreds', 'fast'],
    ['SAG-12', 'Eva Prøve', '37,5', 'fast|tidsbegrænset'], ['SAG-13', 'Per Prøve', '30', 'permanent']]);
  for (const note of ['a table', 'again']) {
    const answer = await world.call('importCandidates', { key: HOME, type: 'text/csv; charset=utf-8', body: `\uFEFF${table}`, expect: 200, note });
    world.require(answer.json.rows === 4 && answer.json.rejections[0]?.line === 3, `importCandidates: ${answer.raw}`);
  }
  await crowd(world, 'importCandidates', { key: HOME, type: 'text/csv', body: csv(Array.from({ length: 2000 }, (_, place) => [`MANGE-${place}`, 'Mange', '40', 'intet'])) });
  const heading = await world.call('importCandidates', { key: HOME, type: 'text/csv', body: 'navn;farve\r\nx;y\r\n', expect: 422, problem: 'invalid-body' });
  world.require(heading.json.errors.length > 1, 'importCandidates: a heading with faults');
  await world.call('importCandidates', { key: 'stranger', type: 'text/csv', body: table, expect: 403, problem: 'forbidden' });
}

const BATCH = { tag: 'lukning-fabrik', name: 'Lukning af Fabrikken A/S (fiktiv)', kind: 'layoff', on: day(-3) };

// A lay-off: the batch, its people by a file of a series, who is missing from the next file, and what a resume becomes.
async function batches(world) {
  const made = await world.call('createBatch', { key: HOME, body: BATCH, expect: 201 });
  world.batch = made.json.id;
  await world.call('createBatch', { key: HOME, body: BATCH, expect: 200, note: 'again' });
  await world.call('createBatch', { key: HOME, body: { ...BATCH, kind: 'course' }, expect: 422, problem: 'invalid-body' });
  await world.call('createBatch', { key: HOME, body: { ...BATCH, tag: 'andet', name: 'Lukning 010190-1234' }, expect: 422, note: 'a CPR number' });
  await world.call('createBatch', { key: 'stranger', body: BATCH, expect: 403, problem: 'forbidden' });
  const file = { key: HOME, type: 'text/csv', query: { source: 'fagsystem', complete: 'true', batch: BATCH.tag, results: 'all' } };
  const rows = ['SAG-10', 'SAG-12', 'SAG-13'].map((reference, place) => [reference, ['Anna Prøve', 'Eva Prøve', 'Per Prøve'][place], '40', 'fast']);
  const came = await world.call('importCandidates', { ...file, body: csv(rows), expect: 200, note: 'a batch' });
  world.require(came.json.rows_results.length === 3 && came.json.missing_unknown === null, `importCandidates: ${came.raw}`);
  const left = await world.call('importCandidates', { ...file, body: csv(rows.slice(0, 2)), expect: 200, note: 'one is missing' });
  world.require(left.json.missing === 1 && left.json.missing_rows[0].external_ref === 'SAG-13', `importCandidates: ${left.raw}`);
  await world.call('importCandidates', { ...file, query: { batch: 'ingen' }, body: csv(rows), expect: 404, problem: 'not-found' });
  await world.call('importCandidates', { ...file, query: { complete: 'true' }, body: csv(rows), expect: 400, problem: 'query-invalid' });
  await world.receiver.until('candidate.batch', event => event.type === 'candidate.batch' && event.data.tag === BATCH.tag);
  const own = await world.call('readBatch', { key: HOME, params: { id: world.batch }, expect: 200 });
  world.require(own.json.candidates === 3 && own.json.members.length === 3, `readBatch: ${own.raw}`);
  const told = await world.call('readBatch', { key: 'team', params: { id: world.batch }, expect: 200, note: 'the team' });
  world.require(told.json.candidates === null && told.json.members === undefined, `readBatch: ${told.raw}`);
  const page = await world.call('readBatch', { key: HOME, params: { id: world.batch }, query: { limit: 2 }, expect: 200, note: 'a page' });
  const rest = await world.call('readBatch', { key: HOME, params: { id: world.batch }, query: { cursor: page.json.next }, expect: 200, note: 'the rest' });
  world.require(page.json.members.length === 2 && rest.json.members.length === 1 && rest.json.next === null, `readBatch: ${rest.raw}`);
  await world.call('readBatch', { key: NEIGHBOUR, params: { id: world.batch }, expect: 404, problem: 'not-found' });
  await world.walk('listBatches', { key: 'team', query: { limit: 1 } });
  const resume = { basics: { name: 'Ole Prøve (fiktiv)', location: { postalCode: '8000' } }, skills: [{ name: 'Tryllekunst' }],
    meta: { emnebank: { external_ref: 'REF-9' } } };
  const query = { available_from: day(0), max_travel_km: 40, protection: 'none', kinds: 'permanent', stated_on: day(-1) };
  const read = await world.call('importCandidates', { key: NEIGHBOUR, type: 'application/vnd.jsonresume+json', query, body: JSON.stringify([resume]), expect: 200, note: 'a resume' });
  world.require(read.json.created === 1 && read.json.not_understood[0]?.text === 'Tryllekunst', `importCandidates: ${read.raw}`);
}

// More files at once than are read of one organisation.
export async function crowd(world, id, call) {
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(Array.from({ length: 12 }, () => world.caller.attempt(id, { ...call, note: 'a crowd' })));
    if (answers.some(answer => answer.status === 429)) return;
  }
  world.require(false, `${id}: a crowd of files, and none too many`);
}

export function bases(world) {
  const one = { ...at('SAG-7'), stranger: 'stranger' };
  const read = { key: 'team' };
  return {
    listMunicipalities: read, listTrades: read, listCompetences: read, listCertificates: read, listOrganisations: read,
    listCandidates: { key: HOME },
    importCandidates: { key: HOME, type: 'application/x-ndjson', body: '' },
    createBatch: { key: HOME, body: BATCH, others: [{ ...BATCH, note: 'Alle er screenet.' }] },
    listBatches: { key: HOME },
    readBatch: { key: HOME, params: { id: world.batch } },
    readCandidate: one,
    putCandidate: { ...one, body: candidate('Kandidat 7'),
      others: [candidate('Kandidat 7', { facts: [fact('language', 'da', { level: 6 })], person: { name: 'Kandidat 7 (fiktiv)', cpr: '010191-1234' } })] },
    patchCandidateFacts: { ...one, match: '*', body: { set: [fact('competence', 'formwork', { level: 2 })], remove: [{ kind: 'licence', code: 'B' }] } },
    putCandidateScreening: { ...one, match: '*', body: { by: 'MK', on: day(-10), until: day(200) } },
    readCandidateHistory: one,
    confirmCandidate: { ...one, body: { screening: screening(180), facts: [{ kind: 'certificate', code: 'epoxy-isocyanate', valid_until: day(700) }] } },
    confirmCandidates: { key: HOME, body: { items: [{ external_ref: 'SAG-7', facts: [{ kind: 'competence', code: 'formwork' }] }] } },
    listCandidateTasks: { key: HOME },
    withdrawCandidate: { ...one, match: '*', body: { reason: 'other' } },
  };
}
