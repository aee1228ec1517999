// The vocabulary: competences added, edited, retired and removed by the team; synonyms, relations and validity; its history.
import { CANARY } from './ledger.mjs';
import { candidate, day } from './pool.mjs';

const word = change => ({ label: 'Kapning af pæle', field: 'Jord', retired: false, synonyms: ['pælekapper'],
  relations: [{ code: 'pile-driving', relation: 'close' }], ...change });
const added = change => ({ key: 'pile-cutting', label: 'Kapning af pæle', field: 'Jord', synonyms: ['pælekapper'],
  relations: [{ code: 'pile-driving', relation: 'close' }], ...change });
const certificate = change => ({ label: 'Førstehjælp', basis: 'Dansk Førstehjælpsråds anbefaling', validity_months: 24, course_days: 2,
  synonyms: ['førstehjælpskursus'], relations: [], ...change });
const trade = { synonyms: ['kloakarbejder'], relations: [{ code: '9312.1', relation: 'close' }] };
const at = code => ({ params: { code }, key: 'team' });
const pointers = answer => answer.json.errors.map(error => `${error.pointer} ${error.code}`).sort().join(', ');

export async function play(world) {
  const before = await world.call('listVocabularyChanges', { key: '0751', expect: 200 });
  await add(world);
  await edit(world);
  await retire(world);
  await refuse(world);
  const since = await world.walk('listVocabularyChanges', { key: '0751', query: { since: before.json.version, limit: 2 } });
  const actions = since.map(change => `${change.action} ${change.code}`);
  for (const action of ['added pile-cutting', 'changed first-aid', 'changed 9312.99', 'removed pile-lifting']) {
    world.require(actions.includes(action), `listVocabularyChanges: no ${action}`);
  }
  const one = await world.call('listVocabularyChanges', { key: 'team', query: { kind: 'certificate', code: 'first-aid' }, expect: 200 });
  world.require(one.json.items[0].before.course_days === null && one.json.items[0].after.course_days === 2, 'listVocabularyChanges: before and after');
}

// A competence may be named as soon as it is there.
async function add(world) {
  const made = await world.call('createCompetence', { key: 'team', body: added(), expect: 201 });
  world.require(made.headers.location === '/v1/vocabulary/competences/pile-cutting', `createCompetence: ${made.headers.location}`);
  await world.call('createCompetence', { key: 'team', body: added(), expect: 409, problem: 'state-conflict', note: 'a key in use' });
  const other = await world.call('readCompetence', { ...at('pile-driving'), expect: 200 });
  world.require(other.json.relations.some(relation => relation.code === 'pile-cutting'), 'readCompetence: the relation stands on one word alone');
  const facts = [{ kind: 'competence', code: 'pile-cutting', level: 3, stated_on: day(-3), source: 'interview' }];
  await world.call('putCandidate', { params: { municipality: '0751', external_ref: 'ORD-1' }, key: '0751', body: candidate('Ordkender', { facts }), expect: 201 });
}

async function edit(world) {
  const first = await world.call('readCompetence', { ...at('pile-cutting'), expect: 200 });
  const changed = await world.call('putCompetence', { ...at('pile-cutting'), match: first.headers.etag, body: word({ label: 'Pælekapning' }), expect: 200 });
  world.require(changed.json.version > first.json.version, 'putCompetence: the version stands still');
  const same = await world.call('putCompetence', { ...at('pile-cutting'), match: '*', body: word({ label: 'Pælekapning' }), expect: 200, note: 'a repeat' });
  world.require(same.json.version === changed.json.version, 'putCompetence: a repeat makes a version');
  await world.call('putCompetence', { ...at('pile-cutting'), match: first.headers.etag, body: word(), expect: 412, problem: 'version-stale' });
  await world.call('putCertificate', { ...at('first-aid'), match: '*', body: certificate(), expect: 200 });
  const old = await world.call('readTrade', { ...at('9312.99'), expect: 200 });
  await world.call('putTrade', { ...at('9312.99'), match: old.headers.etag, body: trade, expect: 200 });
}

async function retire(world) {
  const own = { params: { municipality: '0751', external_ref: 'ORD-1' }, key: '0751' };
  const facts = [{ kind: 'competence', code: 'pile-cutting', level: 4, stated_on: day(-1), source: 'interview' }];
  await world.call('putCompetence', { ...at('pile-cutting'), match: '*', body: word({ retired: true }), expect: 200 });
  await world.call('putCandidate', { ...own, body: candidate('Ordkender', { facts }), expect: 200, note: 'a retired word that it has' });
  const other = { ...own, params: { ...own.params, external_ref: 'ORD-2' } };
  const answer = await world.call('putCandidate', { ...other, body: candidate('Ny', { facts }), expect: 422, note: 'a retired word' });
  world.require(pointers(answer) === '/facts/0/code RETIRED', `putCandidate: ${pointers(answer)}`);
  await world.call('removeCompetence', { ...at('pile-cutting'), match: '*', expect: 409, problem: 'state-conflict', note: 'one in use' });
  await world.call('createCompetence', { key: 'team', body: added({ key: 'pile-lifting', label: 'Løft af pæle' }), expect: 201 });
  await world.call('removeCompetence', { ...at('pile-lifting'), match: '*', expect: 204 });
}

// All that only the database can see, at once; and nobody but the team.
async function refuse(world) {
  const bad = word({ label: 'Gravemaskine', esco_uri: CANARY, synonyms: ['Epoxy', 'epoxy'],
    relations: [{ code: 'pile-cutting', relation: 'close' }, { code: CANARY, relation: 'close' }] });
  const answer = await world.call('putCompetence', { ...at('pile-cutting'), match: '*', body: bad, expect: 422, problem: 'invalid-body' });
  const expected = '/esco_uri UNKNOWN, /label TAKEN, /relations/0/code NOT_ALLOWED, /relations/1/code UNKNOWN, /synonyms/1 DUPLICATE';
  world.require(pointers(answer) === expected, `putCompetence: ${pointers(answer)}`);
  const stranger = { key: 'stranger', match: '*', expect: 403, problem: 'forbidden' };
  await world.call('createCompetence', { key: 'stranger', body: added({ key: 'x-y' }), expect: 403, problem: 'forbidden' });
  await world.call('putCompetence', { ...at('formwork'), ...stranger, body: word() });
  await world.call('removeCompetence', { ...at('formwork'), ...stranger });
  await world.call('putCertificate', { ...at('first-aid'), ...stranger, body: certificate() });
  await world.call('putTrade', { ...at('9312.99'), ...stranger, body: trade });
}

export function bases() {
  return {
    listVocabularyChanges: { key: 'team' },
    createCompetence: { key: 'team', body: added({ key: 'pile-moving', label: 'Flytning af pæle' }) },
    readCompetence: at('formwork'), readCertificate: at('first-aid'), readTrade: at('9312.99'),
    putCompetence: { ...at('pile-cutting'), match: '*', body: word() },
    removeCompetence: { ...at('pile-cutting'), match: '*' },
    putCertificate: { ...at('first-aid'), match: '*', body: certificate() },
    putTrade: { ...at('9312.99'), match: '*', body: trade },
  };
}
