// An employer: made, its units, its contact person, its agreement, what happened with it, and who sees it.
import { day } from './pool.mjs';

const CVR = '20000007';
const OTHER = '20000015';
const NAME = 'Molsbroens Rør og Kloak ApS (fiktiv)';
const UNIT = { p_number: '1000000001', name: 'Kloakpladsen (fiktiv)', postcode: '8400' };
const agreement = more => ({ state: 'active', starts_on: day(-1), ends_on: day(90), points: [{ kind: 'trainee_posts', posts: 3 }], ...more });
const at = (cvr, more) => ({ key: 'team', params: { cvr }, ...more });

export async function play(world) {
  const one = more => at(CVR, { match: '*', expect: 200, ...more });
  const made = await world.call('putEmployer', at(CVR, { key: '0751', body: { name: 'Molsbro Rør (fiktiv)' }, expect: 201 }));
  world.require(made.headers.location === `/v1/employers/${CVR}` && made.json.contact === null, `putEmployer: ${made.raw}`);
  await world.call('putEmployer', at(OTHER, { match: '*', body: { name: NAME }, expect: 412, problem: 'version-stale', note: 'not there yet' }));
  const colleague = 'Ole Godkender (fiktiv)';
  await world.call('putEmployer', one({ key: '0751', body: { name: NAME, contact: colleague }, expect: 403, problem: 'forbidden' }));
  const unknown = await world.call('putEmployer', one({ body: { name: NAME, contact: 'Ingen (fiktiv)' }, expect: 422, note: 'nobody of the team' }));
  world.require(unknown.json.errors[0].code === 'UNKNOWN', `putEmployer: ${unknown.raw}`);
  const called = await world.call('putEmployer', one({ body: { name: NAME, contact: colleague } }));
  world.require(called.json.contact.person === colleague && called.json.contact.active, `putEmployer: ${called.raw}`);
  await units(world, one);
  await agreements(world, one);
  await found(world);
}

async function units(world, one) {
  const put = more => one({ body: { units: [UNIT] }, ...more });
  const set = await world.call('putEmployerUnits', put({ key: '0751' }));
  world.require(set.json.units[0].municipality === '0706', `putEmployerUnits: ${set.raw}`);
  const same = await world.call('putEmployerUnits', put({ note: 'again' }));
  world.require(same.json.version === set.json.version, 'putEmployerUnits: a repeat made a new version');
  await world.call('putEmployer', at(OTHER, { body: { name: 'Østbeton (fiktiv)' }, expect: 201, note: 'another' }));
  const taken = await world.call('putEmployerUnits', at(OTHER, { match: '*', body: { units: [UNIT] }, expect: 422, note: 'of another' }));
  world.require(taken.json.errors[0].code === 'TAKEN', `putEmployerUnits: ${taken.raw}`);
}

async function agreements(world, one) {
  await world.call('putEmployerAgreement', one({ key: '0751', body: agreement(), expect: 403, problem: 'forbidden' }));
  const active = await world.call('putEmployerAgreement', one({ body: agreement() }));
  world.require(active.json.agreement.in_force && active.json.agreement.number === 1, `putEmployerAgreement: ${active.raw}`);
  await world.call('putEmployerAgreement', one({ body: agreement({ state: 'proposed' }), expect: 409, problem: 'state-conflict' }));
}

async function found(world) {
  const list = await world.call('searchEmployers', { key: '0751', query: { q: 'molsbro', agreement: 'in_force', limit: 10 }, expect: 200 });
  world.require(list.json.total === 1 && list.json.items[0].cvr === CVR, `searchEmployers: ${list.raw}`);
  const mine = await world.call('searchEmployers', { key: 'team-colleague', query: { mine: 'true' }, expect: 200, note: 'mine' });
  world.require(mine.json.items.some(item => item.cvr === CVR), `searchEmployers: ${mine.raw}`);
  const alone = await world.call('searchEmployers', { key: 'stranger', expect: 200, note: 'itself' });
  world.require(alone.json.total === 1 && alone.json.items[0].cvr !== CVR, `searchEmployers: ${alone.raw}`);
}

// What the others' acts left behind: orders, leads and hires of the employer they use.
export async function after(world) {
  const cvr = world.settings.employer;
  const all = await world.walk('listEmployerHistory', { key: 'team', params: { cvr }, query: { limit: 2 } });
  const kinds = new Set(all.map(item => item.kind));
  world.require(kinds.has('order') && all.every((item, index) => index === 0 || all[index - 1].at >= item.at), `listEmployerHistory: ${[...kinds]}`);
  const own = await world.call('listEmployerHistory', { key: 'arbejdsgiver', params: { cvr }, query: { limit: 200 }, expect: 200, note: 'its own' });
  world.require(own.json.items.every(item => item.kind !== 'lead' && item.state !== 'draft'), `listEmployerHistory: ${own.raw}`);
  const itself = await world.call('readEmployer', { key: 'arbejdsgiver', params: { cvr }, expect: 200, note: 'itself' });
  world.require(itself.json.counts.leads === null && itself.json.counts.orders > 0, `readEmployer: ${itself.raw}`);
  const history = await world.call('listEmployerHistory', { key: '0751', params: { cvr: CVR }, query: { kind: 'agreement' }, expect: 200, note: 'agreements' });
  world.require(history.json.items.length === 1, `listEmployerHistory: ${history.raw}`);
}

export function bases() {
  const one = { key: 'team', params: { cvr: CVR } };
  const read = { ...one, stranger: 'stranger' };
  const full = agreement({ points: [{ kind: 'courses', posts: 4, text: 'Epoxy' }] });
  return {
    searchEmployers: { key: 'team' }, readEmployer: read, listEmployerHistory: read,
    putEmployer: { ...one, match: '*', body: { name: NAME, contact: null } },
    putEmployerUnits: { ...read, match: '*', body: { units: [UNIT] } },
    putEmployerAgreement: { ...read, match: '*', body: full, others: [agreement({ state: 'ended', ends_on: null })] },
  };
}
