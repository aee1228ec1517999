// How an endpoint comes into use: its receiver answers the challenge, and another person of the team says whose it is.
import { waitFor } from './client.mjs';

const CVR = { '0751': '55133018', '0730': '29189668' };
const cvrOf = (world, key) => CVR[key] ?? (key === 'arbejdsgiver' ? world.settings.employer : undefined);

const approve = (world, call) => world.call('approveEndpoint', { match: '*', key: 'team', ...call });

// Until the receiver's answer has come; the endpoint as it is then.
async function proven(world, key, id) {
  let read;
  await waitFor('the answer to the challenge', async () => {
    read = await world.call('readEndpoint', { key, params: { id }, expect: 200, note: 'until proven' });
    return read.json.state === 'proven';
  });
  return read;
}

// The team's own is approved by whoever has not made it.
export async function enable(world, key, id) {
  const read = await proven(world, key, id);
  const cvr = cvrOf(world, key);
  return approve(world, { key: key === 'team' ? 'team-colleague' : 'team', params: { id }, match: read.headers.etag, body: cvr ? { cvr } : {}, expect: 200 });
}

const items = async (world, query) => (await world.walk('listEndpointApprovals', { key: 'team', query })).map(item => item.id);

// One endpoint through all of it, with every no on the way.
export async function approvals(world, key, id) {
  const own = { key, params: { id } };
  await proven(world, key, id);
  world.require((await items(world, { limit: 1 })).includes(id), 'listEndpointApprovals: a proven one is missing');
  await world.call('listEndpointApprovals', { key: '0751-approver', expect: 403, problem: 'forbidden' });
  await world.call('changeEndpoint', { ...own, match: '*', body: { state: 'active' }, expect: 409, problem: 'state-conflict', note: 'by oneself' });
  await world.call('testEndpoint', { ...own, expect: 409, problem: 'state-conflict', note: 'not approved' });
  await world.call('challengeEndpoint', { ...own, expect: 409, problem: 'state-conflict', note: 'is proven' });
  const one = { params: { id }, body: { cvr: cvrOf(world, key) } };
  await approve(world, { ...one, key: '0751-approver', expect: 403, problem: 'forbidden' });
  await approve(world, { ...one, key: 'team-machine', expect: 403, problem: 'named-person-required' });
  await approve(world, { ...one, body: { cvr: world.settings.employer }, expect: 409, problem: 'conflict' });
  const approved = await approve(world, { ...one, expect: 200, note: 'with its own number' });
  await approve(world, { ...one, expect: 409, problem: 'state-conflict' });
  world.require(approved.json.state === 'active' && approved.json.approved_by !== null, `approveEndpoint: ${approved.raw}`);
  const taken = call => world.call('disapproveEndpoint', { params: { id }, match: '*', ...call });
  await taken({ key: 'team-machine', expect: 403, problem: 'named-person-required' });
  await taken({ key: 'team', expect: 204 });
  await taken({ key: 'team', expect: 409, problem: 'state-conflict' });
  await again(world, own);
}

// Off since its approval was taken back: on again it is asked again.
async function again(world, own) {
  const off = await world.call('readEndpoint', { ...own, expect: 200, note: 'approval withdrawn' });
  world.require(off.json.state === 'disabled' && off.json.disabled_reason === 'approval_withdrawn', `readEndpoint: ${off.raw}`);
  const on = await world.call('changeEndpoint', { ...own, match: off.headers.etag, body: { state: 'active' }, expect: 200, note: 'on again' });
  world.require(on.json.state === 'unproven' && on.json.challenge_delivery_id !== off.json.challenge_delivery_id, `changeEndpoint: ${on.raw}`);
  await enable(world, own.key, own.params.id);
}

// Nobody answers, and somebody asks and asks.
export async function quota(world, create) {
  world.receiver.statuses.set('fremmed', 500);
  const own = { key: 'stranger', params: { id: (await create(world, 'fremmed', 'stranger')).json.id } };
  const asked = await world.call('challengeEndpoint', { ...own, expect: 202 });
  world.require(asked.headers.location.endsWith(asked.json.delivery_id), 'challengeEndpoint: Location');
  let refused;
  for (let count = 0; count < 60 && !refused; count += 1) {
    const answer = await world.caller.attempt('challengeEndpoint', { ...own, note: 'again and again' });
    refused = answer.status === 429;
  }
  world.require(refused, 'challengeEndpoint: there is no end to it');
  const too = { expect: 429, problem: 'quota-exceeded' };
  await world.call('challengeEndpoint', { ...own, ...too });
  await world.call('changeEndpoint', { ...own, ...too, match: '*', body: { url: world.receiver.url('andre') } });
  await world.call('createEndpoint', { key: 'stranger', ...too, body: { url: world.receiver.url('andre'), kinds: ['cv.released'] } });
  await world.call('removeEndpoint', { ...own, match: '*', expect: 204 });
}

export function bases(world) {
  const one = { key: 'team', match: '*', params: { id: world.endpoints['0751'] } };
  return {
    challengeEndpoint: { key: '0751', params: { id: world.endpoints.spare }, stranger: '0730' },
    listEndpointApprovals: { key: 'team' },
    approveEndpoint: { ...one, body: { cvr: CVR['0751'] } },
    disapproveEndpoint: one,
  };
}
