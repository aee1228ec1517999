// Whom the building sites will need: the table of rules, the panel, one lead, and all together.
import crypto from 'node:crypto';
import * as orders from './orders.mjs';
import { HOME, day } from './pool.mjs';

const TABLES = { needs: 'Måned;Fagkode;Fag;Kommunekode', unknown: 'Årsag;Forklaring;Emner' };
const RULE = { prefix: '45', trade: '7114.8', months_per_100m: 100, begin_percent: 50, middle_percent: 35, end_percent: 15 };
const RULES = { draft: false, note: 'Prøve (fiktiv)', found_percent: 20, dkk_per_1000_eur: 7460, rules: [RULE] };
const NEED = { trade: '7114.8', people: { 3: 5, 12: 8 }, municipality: HOME };
const ANSWER = { employer: orders.EMPLOYER, said_on: day(-1), needs: [NEED] };

export async function play(world) {
  await rules(world);
  await panel(world);
  const lead = { key: HOME, params: { id: world.lead } };
  const needs = await world.call('readLeadNeeds', { ...lead, expect: 200 });
  world.require(needs.json.unknown.length > 0 || needs.json.months.length > 0, `readLeadNeeds: ${needs.raw}`);
  const all = await world.call('readForecast', { key: 'team', expect: 200, note: 'a year' });
  world.require(all.json.rows.some(row => row.by_panel === 5 && row.exact), `readForecast: ${all.raw}`);
  const own = await world.call('readForecast', { key: HOME, query: { municipality: HOME, trade: '7114.8' }, expect: 200, note: 'its own' });
  world.require(own.json.rows.length > 0 && own.json.rows.every(row => row.place.kind !== 'all'), `readForecast: ${own.raw}`);
  for (const [table, head] of Object.entries(TABLES)) {
    const sheet = await world.call('readForecast', { key: HOME, query: { table }, headers: { Accept: 'text/csv' }, expect: 200, note: table });
    world.require(sheet.type === 'text/csv' && sheet.raw.toString('utf8').startsWith(`\uFEFF${head}`), `readForecast: ${sheet.raw}`);
  }
  await world.call('readForecast', { key: 'stranger', expect: 403, problem: 'forbidden', note: 'an employer' });
  await world.call('readForecast', { key: 'team', query: { from: '2027-02', to: '2027-01' }, expect: 400, problem: 'query-invalid', note: 'backwards' });
}

// What is read is written again, with one rule more.
async function rules(world) {
  const first = await world.call('readNeedRules', { key: HOME, expect: 200 });
  world.require(first.json.draft && first.json.newest && first.json.version === 1, `readNeedRules: ${first.raw.slice(0, 200)}`);
  const { note, found_percent, dkk_per_1000_eur, rules: table } = first.json;
  const body = { draft: false, note, found_percent, dkk_per_1000_eur, rules: [...table, { ...RULE, prefix: '4599' }] };
  const put = (more) => world.call('putNeedRules', { key: 'team', match: '*', body, expect: 200, ...more });
  const second = await put({ match: first.headers.etag });
  world.require(second.json.version === 2 && second.json.rules.length === table.length + 1, `putNeedRules: ${second.json.version}`);
  await put({ match: first.headers.etag, expect: 412, problem: 'version-stale' });
  await put({ key: 'stranger', expect: 403, problem: 'forbidden' });
  const twice = await put({ body: { ...RULES, rules: [RULE, RULE] }, expect: 422, note: 'one rule twice' });
  world.require(twice.json.errors[0].code === 'TAKEN', `putNeedRules: ${twice.raw}`);
  const short = await put({ body: { ...RULES, rules: [{ ...RULE, end_percent: 14 }] }, expect: 422, note: '99 per cent' });
  world.require(short.json.errors[0].pointer === '/rules/0', `putNeedRules: ${short.raw}`);
  await world.call('readNeedRules', { key: HOME, query: { version: 1 }, expect: 200, note: 'the first' });
  await world.call('readNeedRules', { key: HOME, query: { version: 99 }, expect: 404, problem: 'not-found' });
  await world.call('readNeedRules', { key: HOME, query: { version: 0 }, expect: 400, problem: 'query-invalid' });
}

async function panel(world) {
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const post = (more) => world.call('postPanel', { key: 'team', body: ANSWER, expect: 201, ...more });
  const made = await post({ headers });
  const again = await post({ headers, note: 'again' });
  world.require(again.headers['idempotency-replayed'] === 'true' && again.json.id === made.json.id, 'postPanel: not replayed');
  await post({ headers, body: { ...ANSWER, note: 'En anden' }, expect: 422, problem: 'idempotency-key-reused' });
  await post({ key: 'stranger', expect: 403, problem: 'forbidden' });
  const tomorrow = await post({ body: { ...ANSWER, said_on: day(2) }, expect: 422, note: 'not yet' });
  world.require(tomorrow.json.errors[0].pointer === '/said_on', `postPanel: ${tomorrow.raw}`);
  await post({ body: { ...ANSWER, said_on: day(-2), needs: [{ ...NEED, trade: null }], note: 'Fagene er ikke på plads' }, note: 'no trade' });
  const found = await world.walk('listPanel', { key: HOME, query: { cvr: orders.EMPLOYER.cvr, limit: 1 } });
  world.require(found.length === 2 && found[0].id === made.json.id, `listPanel: ${found.length}`);
  await world.call('listPanel', { key: HOME, query: { cvr: '10000008' }, expect: 400, problem: 'query-invalid' });
}

export function bases(world) {
  return {
    readForecast: { key: 'team' },
    readLeadNeeds: { key: 'team', params: { id: world.lead }, stranger: 'stranger' },
    readNeedRules: { key: 'team' },
    putNeedRules: { key: 'team', match: '*', body: RULES, others: [{ ...RULES, rules: [{ ...RULE, title_da: 'Anlægsstruktør', cap_million: 1000 }] }] },
    listPanel: { key: 'team' },
    postPanel: { key: 'team', body: ANSWER, others: [{ ...ANSWER, note: 'Fagene er ikke på plads', needs: [{ ...NEED, trade: null }] }] },
  };
}

// A call that waits for its first to end (world.inProgress).
export const held = { body: ANSWER, params: {} };
