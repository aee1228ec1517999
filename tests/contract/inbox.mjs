// The inbox of leads: what is like what, who was called and what they said, and the questions they are asked.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const QUESTIONS = [
  { key: 'needs', kind: 'needs', text: 'Hvor mange mangler I nu, om 3, om 6 og om 12 måneder?' },
  { key: 'agreement', kind: 'choice', text: 'Vil I høre om en partnerskabsaftale?', options: ['ja', 'nej'] },
];
const CONTACT = {
  channel: 'phone', role: 'site_manager', outcome: 'reached', guide_version: 1, held_on: '2026-01-05', again_on: '2027-01-05',
  answers: {
    competences: ['formwork'], work_kinds: ['permanent'], requirements: [{ kind: 'certificate', code: 'epoxy-isocyanate' }],
    needs: [{ trade: '7114.8', people: { 0: 2, 3: 5 } }], agreement: 'ja', note: 'Ring i skurvognen',
  },
};

export async function play(world) {
  await guide(world);
  await contacts(world);
  await likenesses(world);
  await filters(world);
}

async function guide(world) {
  const read = await world.call('readQuestionGuide', { key: '0751', expect: 200 });
  const put = { key: 'team', match: read.headers.etag, body: { questions: QUESTIONS } };
  const changed = await world.call('putQuestionGuide', { ...put, expect: 200 });
  world.require(changed.json.version === read.json.version + 1, 'putQuestionGuide: no new version');
  const again = await world.call('putQuestionGuide', { ...put, match: changed.headers.etag, expect: 200, note: 'again' });
  world.require(again.json.version === changed.json.version, 'putQuestionGuide: a version for nothing');
  await world.call('putQuestionGuide', { ...put, match: '*', key: 'stranger', expect: 403, problem: 'forbidden' });
  const first = await world.call('readQuestionGuide', { key: 'team', query: { version: 1 }, expect: 200, note: 'the first' });
  world.require(first.json.questions.length === read.json.questions.length, 'readQuestionGuide: the first has changed');
  await world.call('readQuestionGuide', { key: 'team', query: { version: 999 }, expect: 404, note: 'none yet' });
}

async function contacts(world) {
  const call = { key: 'team', params: { id: world.lead }, headers: { 'Idempotency-Key': crypto.randomUUID() }, body: CONTACT };
  const made = await world.call('addLeadContact', { ...call, expect: 201 });
  world.require(made.json.lead_state === 'order', `addLeadContact: the lead is ${made.json.lead_state}`);
  const again = await world.call('addLeadContact', { ...call, expect: 201, note: 'again' });
  world.require(again.json.id === made.json.id && again.headers['idempotency-replayed'] === 'true', 'addLeadContact: not replayed');
  const fresh = { ...call, headers: {} };
  await world.call('addLeadContact', { ...fresh, body: { ...CONTACT, state: 'agreement' }, expect: 409, problem: 'state-conflict' });
  const wrong = { ...CONTACT, answers: { competences: ['nope'], age: 'under 30' } };
  const odd = await world.call('addLeadContact', { ...fresh, body: wrong, expect: 422, note: 'what nobody asks' });
  world.require(odd.json.errors.map(error => error.pointer).sort().join() === '/answers/age,/answers/competences/0', 'addLeadContact: other faults');
  const ahead = await world.call('addLeadContact', { ...fresh, body: { ...CONTACT, held_on: '2099-01-01' }, expect: 422, note: 'ahead of time' });
  world.require(ahead.json.errors[0].pointer === '/held_on', 'addLeadContact: ahead of time');
  const list = await world.call('listLeadContacts', { key: '0751', params: { id: world.lead }, expect: 200 });
  world.require(list.json.items.length === 1 && list.json.items[0].answers.agreement === 'ja', 'listLeadContacts: not the one');
}

// The story's award once more, in a notice of its own that has no CVR number of the winner.
async function twin(world, number) {
  const notice = fs.readFileSync(path.join(world.settings.root, 'deploy/story/notices/letbane.xml'), 'utf8')
    .replace('5b0a3c1e-7d52-4f86-9a41-3c2f8be61d07', crypto.randomUUID()).replace('c2a4b7f1-0d1e-4d0c-8b53-9e6f1a7c2b10', crypto.randomUUID())
    .replace('788104-2026', `78820${number}-2026`).replace('99426012', 'ukendt');
  const made = await world.call('importNotice', { key: 'team', type: 'application/xml', body: notice, expect: 201, note: `twin ${number}` });
  return made.json.leads[0].id;
}

// What is proposed of two leads.
async function proposed(world, one, other) {
  const list = await world.call('listLeadLikenesses', { key: 'team', expect: 200 });
  const found = list.json.items.find(item => item.leads.map(lead => lead.id).sort().join() === [one, other].sort().join());
  world.require(found, 'listLeadLikenesses: not proposed');
  return found.id;
}

async function likenesses(world) {
  const apart = await twin(world, 1);
  world.likeness = await proposed(world, world.lead, apart);
  const decide = { key: 'team', params: { id: world.likeness } };
  await world.call('decideLeadLikeness', { ...decide, body: { state: 'different' }, expect: 200 });
  await world.call('decideLeadLikeness', { ...decide, body: { state: 'same' }, expect: 409, problem: 'state-conflict' });
  const same = await twin(world, 2);
  const pair = await proposed(world, world.lead, same);
  const one = await world.call('decideLeadLikeness', { key: 'team', params: { id: pair }, body: { state: 'same' }, expect: 200, note: 'the same' });
  world.require(one.json.state === 'same', 'decideLeadLikeness: not the same');
  const gone = await world.call('readLead', { key: 'team', params: { id: same }, expect: 200, note: 'merged' });
  world.require(gone.json.merged_into === world.lead, 'decideLeadLikeness: not merged');
  await merge(world, apart);
}

async function merge(world, id) {
  const call = { key: 'team', params: { id }, body: { into: world.lead } };
  const self = await world.call('mergeLead', { ...call, body: { into: id }, match: '*', expect: 422, note: 'into itself' });
  world.require(self.json.errors[0].code === 'UNKNOWN', 'mergeLead: into itself');
  const read = await world.call('readLead', { key: 'team', params: { id }, expect: 200, note: 'before a merge' });
  const kept = await world.call('mergeLead', { ...call, match: read.headers.etag, expect: 200 });
  world.require(kept.json.id === world.lead && kept.json.origins.length === 3, `mergeLead: ${kept.json.origins.length} origins`);
  await world.call('mergeLead', { ...call, match: '*', expect: 409, problem: 'state-conflict' });
}

async function filters(world) {
  const ask = async (query, note) => (await world.call('listLeads', { key: 'team', query, expect: 200, note })).json.items.map(item => item.id);
  world.require((await ask({ q: 'letbanebyg A/S', stage: 'awarded', source: 'notices' }, 'by name')).includes(world.lead), 'listLeads: not by name');
  world.require((await ask({ q: '99426012', mine: 'false' }, 'by CVR')).join() === world.lead, 'listLeads: not by CVR');
  world.require((await ask({ source: crypto.randomUUID() }, 'of no source')).length === 0, 'listLeads: a source that is none');
}

export function bases(world) {
  const one = { key: 'team', params: { id: world.lead }, stranger: 'stranger' };
  return {
    mergeLead: { ...one, match: '*', body: { into: world.lead } },
    listLeadContacts: one,
    addLeadContact: { ...one, body: { ...CONTACT, state: 'contacted' } },
    listLeadLikenesses: { key: 'team' },
    decideLeadLikeness: { ...one, params: { id: world.likeness }, body: { state: 'different' } },
    readQuestionGuide: { key: 'team', stranger: 'stranger' },
    putQuestionGuide: { key: 'team', match: '*', body: { questions: QUESTIONS }, others: [{ questions: [QUESTIONS[1]] }] },
  };
}
