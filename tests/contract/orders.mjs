// Job orders: an open one, one from the lead's draft, and one that is closed once it has a shortlist.
import crypto from 'node:crypto';
import { waitFor } from './client.mjs';
import { CANARY } from './ledger.mjs';
import { day } from './pool.mjs';

export const EMPLOYER = { cvr: '10000009', name: 'Østjysk Letbanebyg A/S (fiktiv)' };

export const order = (change = {}) => ({
  employer: EMPLOYER, title: '3 struktører til letbanestrækning', posts: 3, occupations: ['7114.8', '7114.9'], postcode: '8000', radius_km: 60,
  start_date: day(21), end_date: day(200), kinds: ['permanent'],
  requirements: [
    { kind: 'certificate', code: 'epoxy-isocyanate', necessity: 'must', weight: 5, through_period: true },
    { kind: 'competence', code: 'formwork', necessity: 'nice', weight: 4, minimum_level: 3 },
  ],
  ...change,
});

export async function play(world) {
  await create(world);
  await refuse(world);
  await lint(world);
  await openAndClose(world);
  const all = await world.walk('listJobOrders', { key: '0751', query: { limit: 1 } });
  const open = await world.walk('listJobOrders', { key: 'team', query: { state: 'open' } });
  world.require(all.length === 5 && open.length === 3, `listJobOrders: ${all.length}, ${open.length} open`);
  const page = await world.call('listJobOrders', { key: 'team', query: { limit: 1 }, expect: 200 });
  const foreign = { cursor: page.json.next, limit: 1, state: 'open' };
  await world.call('listJobOrders', { key: 'team', query: foreign, expect: 400, problem: 'cursor-invalid', note: 'another filter' });
  await world.call('listJobOrders', { key: '0751', query: { ...foreign, state: 'draft' }, expect: 400, problem: 'cursor-invalid', note: 'another caller' });
  await climb(world);
}

// Nobody fits: up the ladder at once, and notice is given. Then its time is over, as fast as a database can say so.
async function climb(world) {
  const requirements = [{ kind: 'certificate', code: 'asphalt-materials', necessity: 'must', weight: 5 }];
  const made = await world.call('createJobOrder', { key: 'team', body: order({ title: 'Til stigen', requirements }), expect: 201, note: 'nobody fits' });
  const one = { params: { id: made.json.id } };
  const mine = kind => world.receiver.until(kind, event => event.type === kind && event.data.order_id === one.params.id);
  await mine('order.climbed');
  await mine('order.short');
  const session = await world.hold(`UPDATE emnebank.job_order SET received_at = now() - interval '2 days', due_at = now() - interval '1 second'
    WHERE id = '${one.params.id}'; NOTIFY emnebank_order;`);
  session.stdin.end();
  await mine('order.warning');
  const events = await world.walk('listOrderEvents', { ...one, key: '0751', query: { limit: 2 } });
  const seen = events.map(event => `${event.kind}:${event.code}`);
  for (const kind of ['rung:relaxed', 'rung:notice', 'notice:short', 'warning:three_quarters']) {
    world.require(seen.includes(kind), `listOrderEvents: no ${kind} in ${seen}`);
  }
  await world.call('listOrderEvents', { ...one, key: 'arbejdsgiver', expect: 403, problem: 'forbidden', note: 'the employer' });
  const late = await world.call('listJobOrders', { key: 'team', query: { overdue: true }, expect: 200, note: 'overdue' });
  world.require(!late.json.items.some(item => item.id === one.params.id), 'listJobOrders: an order with a notice is overdue');
  await world.call('listJobOrders', { key: 'team', query: { overdue: 'nej' }, expect: 400, problem: 'query-invalid', note: 'overdue' });
  await world.call('closeJobOrder', { ...one, key: 'team', match: '*', body: { reason: 'employer_withdrew' }, expect: 200, note: 'after its notice' });
}

async function create(world) {
  const headers = { 'Idempotency-Key': `"${crypto.randomUUID()}"` };
  const call = { key: 'team', headers, body: order() };
  const made = await world.call('createJobOrder', { ...call, expect: 201 });
  world.order = made.json.id;
  world.require(made.headers.location === `/v1/job-orders/${world.order}` && made.json.minimum === 6, `createJobOrder: ${made.raw}`);
  world.require(made.headers['idempotency-replayed'] === undefined, 'createJobOrder: the first is replayed');
  const again = await world.call('createJobOrder', { ...call, expect: 201, note: 'again' });
  world.require(again.headers['idempotency-replayed'] === 'true' && again.raw.equals(made.raw), 'createJobOrder: not replayed');
  await world.call('createJobOrder', { ...call, body: order({ posts: 4 }), expect: 422, problem: 'idempotency-key-reused' });
  await world.call('createJobOrder', { key: 'stranger', body: order(), expect: 403, problem: 'forbidden' });
  // Its people are chosen before the other orders of this employer take theirs.
  await waitFor('the first shortlist', async () => (await world.caller.attempt('readShortlist', { key: 'team', params: { id: world.order } })).status === 200);
  const second = await world.call('createJobOrder', { key: '0751', body: order({ title: 'Til lukning' }), expect: 201, note: 'by a municipality' });
  world.closed = second.json.id;
}

// Every fault at once: those that C sees, then those that only the database sees.
async function refuse(world) {
  const wrong = order({ employer: { cvr: '10000008', name: ' ' }, posts: 0, kinds: ['permanent', 'permanent'], end_date: day(1), occupations: [],
    requirements: [{ kind: 'licence', code: 'B', necessity: 'must', weight: 9, minimum_level: 1 }] });
  const first = await world.call('createJobOrder', { key: 'team', body: wrong, expect: 422, problem: 'invalid-body' });
  world.require(first.json.errors.length === 8, `createJobOrder: ${first.json.errors.map(error => error.pointer)}`);
  const unknown = order({ postcode: '9999', occupations: ['0000.1'], requirements: [{ kind: 'certificate', code: CANARY, necessity: 'must', weight: 1 }] });
  const second = await world.call('createJobOrder', { key: 'team', body: unknown, expect: 422, note: 'unknown codes' });
  const pointers = second.json.errors.map(error => `${error.pointer} ${error.code}`).join(', ');
  world.require(pointers === '/postcode UNKNOWN, /occupations/0 UNKNOWN, /requirements/0/code UNKNOWN', `createJobOrder: ${pointers}`);
}

// Words that a job ad may not have: refused, warned of, and exempted by a person.
async function lint(world) {
  const title = 'Ung murersvend';
  const exemptions = [{ rule: 'age', reason: 'Overenskomstens regler for unge', legal_basis: 'forskelsbehandlingsloven § 5 a' }]; // as before there were codes
  const refused = await world.call('createJobOrder', { key: 'team', body: order({ title }), expect: 422, problem: 'invalid-body', note: 'an age' });
  world.require(refused.json.errors.map(error => error.code).join() === 'DISCRIMINATION', `createJobOrder: ${refused.raw}`);
  const read = await world.call('lintText', { key: '0751', body: { text: `${title}, og uanset køn` }, expect: 200 });
  world.require(read.json.refused && read.json.findings[0].phrase === title, `lintText: ${read.raw}`);
  const body = order({ title, exemptions, draft: true });
  await world.call('createJobOrder', { key: 'team-machine', body, expect: 403, problem: 'named-person-required', note: 'exempted by nobody' });
  const made = await world.call('createJobOrder', { key: 'team', body, expect: 201, note: 'exempted' });
  world.require(made.json.findings.length === 1 && made.json.findings[0].rule === 'age', `createJobOrder: ${made.raw}`);
  const one = { params: { id: made.json.id } };
  const change = { ...one, match: '*', body: { title: 'Kun danskere', exemptions: [{ ...exemptions[0], rule: 'origin', legal_basis: 'discrimination_act_6_2' }] } };
  await world.call('changeJobOrder', { ...change, key: 'team-machine', expect: 403, problem: 'named-person-required', note: 'exempted by nobody' });
  await world.call('changeJobOrder', { ...change, key: 'team', expect: 200, note: 'exempted' });
  const kept = await world.call('listOrderExemptions', { ...one, key: '0751', expect: 200, note: 'two' });
  world.require(kept.json.items.map(item => `${item.rule} ${item.legal_basis} ${item.in_force}`).join() === 'age discrimination_act_5a false,origin discrimination_act_6_2 true', `listOrderExemptions: ${kept.raw}`);
  await world.call('listOrderExemptions', { ...one, key: 'arbejdsgiver', expect: 403, problem: 'forbidden', note: 'the employer' });
  await world.call('closeJobOrder', { ...one, key: 'team', match: '*', body: { reason: 'other' }, expect: 200, note: 'exempted' });
}

async function openAndClose(world) {
  const draft = { key: 'team', params: { id: world.draft } };
  const read = await world.call('readJobOrder', { ...draft, expect: 200, note: 'a draft' });
  const body = { ...order(), state: 'open', title: 'Fra et emne', minimum: null, radius_km: null };
  const open = await world.call('changeJobOrder', { ...draft, match: read.headers.etag, body, expect: 200 });
  world.require(open.json.state === 'open' && open.json.radius_km === null && open.json.due_at !== null, `changeJobOrder: ${open.raw}`);
  await move(world, { key: 'team', params: { id: world.draft }, match: '*' });
  const third = await world.call('createJobOrder', { key: 'team', body: order({ draft: true, occupations: [] }), expect: 201, note: 'a draft' });
  world.spare = third.json.id;
}

// Treated by a named person, paused, and taken up again.
async function move(world, call) {
  await world.call('moveJobOrder', { ...call, key: 'team-machine', body: { state: 'in_treatment' }, expect: 403, problem: 'named-person-required' });
  const treated = await world.call('moveJobOrder', { ...call, body: { state: 'in_treatment' }, expect: 200 });
  world.require(treated.json.treated_by !== null && treated.json.state === 'in_treatment', `moveJobOrder: ${treated.raw}`);
  await world.call('moveJobOrder', { ...call, body: { state: 'in_treatment' }, expect: 409, problem: 'state-conflict' });
  const said = { state: 'paused', reason: 'other', text: 'Ringer igen mandag' };
  const paused = await world.call('moveJobOrder', { ...call, body: said, expect: 200, note: 'other' });
  world.require(paused.json.state_text === said.text && paused.json.treated_by === null, `moveJobOrder: ${paused.raw}`);
  await world.call('moveJobOrder', { ...call, body: { state: 'open', reason: 'more_wanted' }, expect: 200, note: 'again' });
}

// Who was put forward for it, and what came of it.
async function referrals(world) {
  const query = { order: world.closed };
  const steps = await world.walk('listReferrals', { key: 'team', query: { ...query, limit: 2 } });
  world.require(steps.some(step => step.to_state === 'proposed') && steps[0].to_state === 'obsolete', `listReferrals: ${JSON.stringify(steps)}`);
  const sheet = await world.call('listReferrals', { key: '0751', query, headers: { Accept: 'text/csv' }, expect: 200, note: 'as a sheet' });
  world.require(sheet.type === 'text/csv' && sheet.raw.toString('utf8').startsWith('\uFEFFTidspunkt;Jobordre;'), `listReferrals: ${sheet.raw}`);
  await world.call('listReferrals', { key: 'stranger', expect: 403, problem: 'forbidden', note: 'an employer' });
  await world.call('listReferrals', { key: 'team', query: { home: '751' }, bad: true, expect: 400, problem: 'query-invalid' });
}

// After its shortlist was made: see shortlists.mjs.
export async function close(world) {
  const call = { key: '0751', params: { id: world.closed }, match: '*' };
  await world.call('closeJobOrder', { ...call, body: { reason: 'filled' }, expect: 200 });
  await world.call('closeJobOrder', { ...call, body: { reason: 'filled' }, expect: 409, problem: 'state-conflict' });
  await world.call('changeJobOrder', { ...call, body: { posts: 9 }, expect: 409, problem: 'state-conflict' });
  await referrals(world);
}

export function bases(world) {
  const one = { key: 'team', params: { id: world.spare }, stranger: 'stranger' };
  return {
    createJobOrder: { key: 'team', body: { ...order(), first_rung: 'own' }, others: [{ ...order(), kinds: ['seasonal'] }] },
    listJobOrders: { key: 'team' },
    readJobOrder: one,
    listOrderEvents: { ...one, key: '0751' },
    lintText: { key: 'team', body: { text: 'Vi er et ungt team' } },
    listOrderExemptions: { ...one, key: '0751' },
    changeJobOrder: { ...one, match: '*', body: { title: 'En anden titel' },
      others: [{ ...order(), minimum: 6, first_rung: 'neighbours', state: 'open' }] },
    moveJobOrder: { ...one, match: '*', body: { state: 'closed', reason: 'other', text: 'Prøve' },
      others: [{ state: 'paused', reason: 'enough_referrals' }, { state: 'open', reason: 'handed_back' }, { state: 'in_treatment', reason: 'more_wanted' },
        { state: 'filled', reason: 'filled' }, { state: 'cancelled', reason: 'mistake' }] },
    listReferrals: { key: 'team' },
    closeJobOrder: { ...one, match: '*', body: { reason: 'other' } },
  };
}
