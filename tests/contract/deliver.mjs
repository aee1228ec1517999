// Endpoints of everybody at the receiver of this test, and what became of the events.
import crypto from 'node:crypto';
import { waitFor } from './client.mjs';
import { Receiver } from './receiver.mjs';
import * as registering from './register.mjs';
import * as repair from './repair.mjs';

const HOME_KINDS = ['shortlist.proposed', 'entry.changed', 'order.changed', 'lead.assigned', 'endpoint.disabled'];
const KINDS = { team: [...HOME_KINDS, 'proposal.made', 'order.warning', 'order.climbed', 'order.short', 'push.stopped', 'endpoint.failing', 'endpoint.attention'], '0751': [...HOME_KINDS, 'candidate.expiring', 'candidate.batch'], '0730': HOME_KINDS, arbejdsgiver: ['cv.released'], gone: ['lead.assigned'], spare: ['lead.assigned'], fremmed: ['cv.released'] };

export const endpoint = (world, name) => ({ url: world.receiver.url(name), kinds: KINDS[name] });

async function create(world, name, key, more = {}) {
  const made = await world.call('createEndpoint', { key, body: endpoint(world, name), expect: 201, note: name, ...more });
  if (made.json.secret) {
    world.receiver.secrets.set(name, made.json.secret);
    world.receiver.publicKeys.set(name, made.json.public_key);
  }
  return made;
}

export async function register(world) {
  world.endpoints = {};
  for (const name of ['team', '0751', '0730', 'arbejdsgiver']) world.endpoints[name] = (await create(world, name, name)).json.id;
  for (const name of Object.keys(world.endpoints)) await registering.enable(world, name, world.endpoints[name]);
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const spare = await create(world, 'spare', '0751', { headers });
  world.endpoints.spare = spare.json.id;
  const again = await create(world, 'spare', '0751', { headers, note: 'again' });
  world.require(again.headers['idempotency-replayed'] === 'true' && again.json.secret === null, 'createEndpoint: the secret is shown twice');
  await create(world, 'team', '0751', { headers, expect: 422, problem: 'idempotency-key-reused' });
  world.require(Receiver.canRefuse(spare.json.secret), 'standardwebhooks takes a signature over other bytes');
  await registering.approvals(world, '0751', spare.json.id);
  await change(world);
  await registering.quota(world, create);
  // A receiver that has gone for good: 410 disables it, and its owner and the team are told.
  world.endpoints.gone = (await create(world, 'gone', '0730')).json.id;
  await registering.enable(world, '0730', world.endpoints.gone);
  world.receiver.statuses.set('gone', 410);
  for (const url of ['ftp://example.dk/', 'http://10.0.0.1/']) {
    const refused = await world.call('createEndpoint', { key: '0751', body: { url, kinds: ['entry.changed'] }, expect: 422, note: url });
    world.require(refused.json.errors[0].pointer === '/url', `createEndpoint: ${url}`);
  }
}

async function change(world) {
  const spare = { key: '0751', params: { id: world.endpoints.spare } };
  const read = await world.call('readEndpoint', { ...spare, expect: 200 });
  const off = await world.call('changeEndpoint', { ...spare, match: read.headers.etag, body: { state: 'disabled' }, expect: 200 });
  world.require(off.json.state === 'disabled' && off.json.disabled_reason !== null, `changeEndpoint: ${off.raw}`);
  await world.call('testEndpoint', { ...spare, expect: 409, problem: 'state-conflict' });
  const on = await world.call('changeEndpoint', { ...spare, match: off.headers.etag,
    body: { state: 'active', kinds: ['cv.released'], mode: 'thin', fifo: true, concurrency: 4, rate: null }, expect: 200 });
  world.require(on.json.state === 'active' && on.json.missed.count === 0 && on.json.concurrency === 4, `changeEndpoint: ${on.raw}`);
  await world.call('removeEndpoint', { ...spare, match: '*', expect: 204 });
}

export async function play(world) {
  const tested = await world.call('testEndpoint', { key: '0751', params: { id: world.endpoints['0751'] }, expect: 202 });
  world.delivery = tested.json.delivery_id;
  await world.receiver.until('endpoint.test', event => event.type === 'endpoint.test');
  await waitFor('the delivery to be noted', async () => {
    const read = await world.call('readDelivery', { key: '0751', params: { id: world.delivery }, expect: 200 });
    return read.json.state === 'delivered' && read.json.attempt_log.length === 1;
  });
  for (const name of ['team', '0730']) {
    await world.receiver.until('endpoint.disabled', (event, to) => event.type === 'endpoint.disabled' && to === name);
  }
  await stop(world);
  const gone = await world.call('readEndpoint', { key: '0730', params: { id: world.endpoints.gone }, expect: 200, note: 'gone' });
  world.require(gone.json.state === 'disabled', 'readEndpoint: 410 did not disable');
  await world.call('listEndpoints', { key: '0751', expect: 200 });
  const delivered = await world.walk('listDeliveries', { key: '0751', query: { state: 'delivered', limit: 5 } });
  world.require(delivered.some(item => item.id === world.delivery), 'listDeliveries: the test is missing');
  await world.call('listDeliveries', { key: '0730', query: { state: 'dead' }, expect: 200 });
  await repair.play(world);
}

// Stopped, an event stands in the feed and its webhook waits; resumed, it comes.
async function stop(world) {
  const open = await world.call('readPushStop', { key: 'arbejdsgiver', expect: 200 });
  const turn = (stopped, more) => world.call('putPushStop', { key: 'team', match: '*', body: { stopped, reason: 'Prøve af kontakten' }, expect: 200, ...more });
  await turn(true, { match: '"v999"', expect: 412, problem: 'version-stale' });
  await turn(true, { key: 'team-machine', expect: 403, problem: 'named-person-required' });
  const stopped = await turn(true, { match: open.headers.etag });
  world.require(stopped.json.stopped && stopped.json.person !== null, `putPushStop: ${stopped.raw}`);
  const seen = await world.call('readPushStop', { key: 'arbejdsgiver', expect: 200, note: 'stopped' });
  world.require(seen.json.stopped && seen.json.person === null, `readPushStop: ${seen.raw}`);
  const tested = await world.call('testEndpoint', { key: '0751', params: { id: world.endpoints['0751'] }, expect: 202, note: 'stopped' });
  const waits = await world.call('readDelivery', { key: '0751', params: { id: tested.json.delivery_id }, expect: 200, note: 'stopped' });
  world.require(waits.json.state === 'waiting' && waits.json.attempts === 0, `readDelivery: ${waits.raw}`);
  await turn(false);
  await world.receiver.until('push.stopped', (event, to) => event.type === 'push.stopped' && to === 'team');
}

export function bases(world) {
  const one = { key: '0751', params: { id: world.endpoints.spare }, stranger: '0730' };
  return {
    createEndpoint: { key: '0751', body: endpoint(world, '0751') },
    listEndpoints: { key: '0751' },
    readEndpoint: one,
    changeEndpoint: { ...one, match: '*', body: { ...endpoint(world, 'spare'), state: 'disabled' } },
    removeEndpoint: { ...one, match: '*' },
    testEndpoint: one,
    ...registering.bases(world),
    ...repair.bases(world),
    listDeliveries: { key: '0751' },
    readEventSchema: { params: { kind: 'cv.released' } },
    readPushStop: { key: '0751' },
    putPushStop: { key: 'team', match: '*', body: { stopped: false, reason: 'Prøve' } },
    readDelivery: { ...one, params: { id: world.delivery } },
  };
}
