// One award notice, its lead, and the draft that it becomes.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { CANARY } from './ledger.mjs';
import * as orders from './orders.mjs';
import { day } from './pool.mjs';
import * as sources from './sources.mjs';

const post = (body, expect, more) => ({ key: 'team', type: 'application/xml', body, expect, ...more });

export async function play(world) {
  const notice = fs.readFileSync(path.join(world.settings.root, 'deploy/story/notices/letbane.xml'), 'utf8');
  await world.call('importNotice', post(notice, 201));
  const again = await world.call('importNotice', post(notice, 200, { note: 'again', type: 'text/xml; charset=utf-8' }));
  world.require(again.json.outcome === 'unchanged', `importNotice: ${again.json.outcome}`);
  const other = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>';
  const none = await world.call('importNotice', post(other, 200, { note: 'no award' }));
  world.require(none.json.outcome === 'not_an_award', `importNotice: ${none.json.outcome}`);
  await world.call('importNotice', post(`${CANARY} <`, 422, { problem: 'invalid-body' }));
  await world.call('importNotice', post(notice, 403, { key: 'stranger', problem: 'forbidden' }));

  await releases(world);

  const found = await world.walk('listLeads', { key: '0751', query: { state: 'new', municipality: '0751', limit: 1 } });
  world.require(found.length > 0, 'listLeads: none');
  world.lead = found[0].id;
  await move(world);
  await draft(world);
  await sources.play(world);
}

async function releases(world) {
  const text = file => fs.readFileSync(path.join(world.settings.root, 'tests/services/leads/ocds', file), 'utf8');
  const send = (file, expect, more) => world.call('importReleases', { key: 'team', type: 'application/json', expect,
    body: more?.type ? text(file) : JSON.parse(text(file)), ...more });
  const made = await send('award.json', 200);
  world.require(made.json.created === 1, `importReleases: ${made.json.created} created`);
  const later = await send('contract.json', 200, { note: 'a later release' });
  world.require(later.json.updated === 1, `importReleases: ${later.json.updated} updated`);
  const lines = await send('lines.jsonl', 200, { type: 'application/x-ndjson', note: 'lines' });
  world.require(lines.json.refused === 1, `importReleases: ${lines.json.refused} refused`);
  await send('odd.json', 200, { note: 'all that can be odd' });
  await send('not_ocds.json', 200, { note: 'nothing of OCDS' });
  await send('not_ocds.json', 422, { body: `${CANARY} {`, problem: 'invalid-body' });
  await send('award.json', 403, { key: 'stranger', problem: 'forbidden' });
}

async function move(world) {
  const lead = { key: 'team', params: { id: world.lead } };
  const read = await world.call('readLead', { ...lead, expect: 200 });
  await world.call('moveLead', { ...lead, match: read.headers.etag, body: { assign: '0730' }, expect: 200 });
  const unknown = await world.call('moveLead', { ...lead, match: '*', body: { assign: '0101' }, expect: 422 });
  world.require(unknown.json.errors[0].code === 'UNKNOWN', 'moveLead: a municipality that is none of ours');
  const extra = { state: 'contacted', assign: '0730', reason: 'no_need' };
  const odd = await world.call('moveLead', { ...lead, match: '*', body: extra, expect: 422, note: 'a reason too many' });
  world.require(odd.json.errors[0].code === 'NOT_ALLOWED', `moveLead: a reason too many is ${odd.json.errors[0].code}`);
  const dismissed = { state: 'dismissed', reason: 'other', text: 'Har folk nok' };
  await world.call('moveLead', { ...lead, match: '*', body: dismissed, expect: 200, note: 'dismissed' });
  await world.call('readLead', { ...lead, expect: 200, note: 'dismissed' });
  await world.call('draftFromLead', { ...lead, body: {}, expect: 409, problem: 'state-conflict' });
  await world.call('moveLead', { ...lead, match: '*', body: { state: 'new' }, expect: 200, note: 'reopened' });
}

async function draft(world) {
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const call = { key: 'team', params: { id: world.lead }, headers, body: { posts: 2, kinds: ['permanent'] } };
  const made = await world.call('draftFromLead', { ...call, expect: 201 });
  world.draft = made.json.id;
  const again = await world.call('draftFromLead', { ...call, expect: 201, note: 'again' });
  world.require(again.headers['idempotency-replayed'] === 'true' && again.json.id === world.draft, 'draftFromLead: not replayed');
  await world.call('draftFromLead', { ...call, body: { posts: 3 }, expect: 422, problem: 'idempotency-key-reused' });
  const wrong = { employer: { cvr: '10000008', name: 'Ingen' } };
  const cvr = await world.call('draftFromLead', { ...call, headers: {}, body: wrong, expect: 422, note: 'a wrong CVR' });
  world.require(cvr.json.errors[0].code === 'FORMAT', `draftFromLead: a wrong CVR is ${cvr.json.errors[0].code}`);
  await world.call('moveLead', { key: 'team', params: { id: world.lead }, match: '*', body: { state: 'new' }, expect: 409, problem: 'state-conflict' });
}

export function bases(world) {
  const one = { key: 'team', params: { id: world.lead }, stranger: 'stranger' };
  return {
    ...sources.bases(world),
    importNotice: { key: 'team', type: 'application/xml', body: '<a/>' },
    importReleases: { key: 'team', type: 'application/json', body: '{"ocid":"ocds-fiktiv-0","id":"r1"}', file: true },
    listLeads: { key: 'team' },
    readLead: one,
    moveLead: { ...one, match: '*', body: { assign: '0751' },
      others: [{ state: 'contacted', assign: 'me' }, { state: 'dismissed', reason: 'no_need', text: 'Har folk nok' }] },
    draftFromLead: { ...one, body: {}, others: [{ title: 'Letbane', employer: orders.EMPLOYER, posts: 3, occupations: ['7114.8'], postcode: '8000',
      kinds: ['permanent'], start_date: day(30), end_date: day(90), radius_km: 50 }] },
  };
}
