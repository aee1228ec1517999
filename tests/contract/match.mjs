// What is asked of the engine besides a list: what if, which course, who nearly; and proposals, on an order of its own.
import { waitFor } from './client.mjs';
import { order } from './orders.mjs';
import { HOME, candidate } from './pool.mjs';

const put = (world, reference) => world.call('putCandidate', { key: HOME, params: { municipality: HOME, external_ref: reference },
  body: candidate(`Ny ${reference}`), expect: 201, note: reference });

const proposed = (world, reference, count) => waitFor(`a proposal for ${reference}`, async () => {
  const found = await world.call('listProposals', { key: 'team', params: { id: world.watched }, expect: 200, note: reference });
  return found.json.items.length === count && found.json.items;
});

export async function play(world) {
  const made = await world.call('createJobOrder', { key: 'team', body: order({ title: 'Til forslag' }), expect: 201, note: 'to be watched' });
  world.watched = made.json.id;
  await listed(world, 1);
  await counts(world);
  await withoutOccupation(world);
  await nearly(world);
  await proposals(world);
}

// The list of that version of the order, or a later one.
async function listed(world, version) {
  await waitFor('the shortlist', async () => {
    const found = await world.caller.attempt('readShortlist', { key: 'team', params: { id: world.watched } });
    return found.status === 200 && found.json.order_version >= version;
  });
}

async function counts(world) {
  for (const key of ['team', HOME]) {
    const found = await world.call('readWhatIf', { key, params: { id: world.watched }, expect: 200, note: key });
    world.require(found.json.step === 5 && found.json.costs[0].requirement.code === 'epoxy-isocyanate', `readWhatIf: ${found.raw}`);
    const gap = await world.call('readGap', { key, params: { id: world.watched }, expect: 200, note: key });
    world.require(gap.json.step === (key === 'team' ? 1 : 5) && gap.json.courses.length === 1, `readGap: ${gap.raw}`);
  }
  const draft = await world.call('tryWhatIf', { key: HOME, body: order(), expect: 200 });
  world.require(draft.json.order_id === null && draft.json.eligible.at_least >= 5, `tryWhatIf: ${draft.raw}`);
  await world.call('tryWhatIf', { key: 'stranger', body: order(), expect: 403, problem: 'forbidden' });
}

async function withoutOccupation(world) {
  for (const id of ['readWhatIf', 'readGap', 'listNearMisses']) {
    await world.call(id, { key: 'team', params: { id: world.spare }, expect: 409, problem: 'state-conflict', note: 'without an occupation' });
  }
  const own = await world.call('readCandidate', { key: HOME, params: { municipality: HOME, external_ref: 'SAG-1' }, expect: 200, note: 'for why not' });
  const call = { key: HOME, params: { id: world.spare, candidate: own.json.id }, expect: 409, problem: 'state-conflict' };
  await world.call('readWhyNot', { ...call, note: 'without an occupation' });
}

async function nearly(world) {
  const call = { params: { id: world.watched } };
  const found = await world.call('listNearMisses', { ...call, key: 'team', query: { limit: 2 }, expect: 200 });
  world.require(found.json.items.length > 0 && found.json.items.length <= 2, `listNearMisses: ${found.raw}`);
  world.require(found.json.items.every(item => item.lacks.code === 'epoxy-isocyanate'), `listNearMisses: ${found.raw}`);
  await world.call('listNearMisses', { ...call, key: HOME, expect: 403, problem: 'forbidden' });
  const why = { params: { ...call.params, candidate: found.json.items[0].candidate.id }, key: 'team', expect: 200, note: 'a near miss' };
  world.require(!(await world.call('readWhyNot', why)).json.listed, 'readWhyNot: a near miss is listed');
}

async function proposals(world) {
  await put(world, 'SAG-60');
  const [first] = await proposed(world, 'SAG-60', 1);
  world.proposal = first.id;
  await world.receiver.until('proposal.made', event => event.type === 'proposal.made' && event.data.proposal_id === first.id);
  const one = { key: 'team', params: { id: first.id } };
  const seen = await world.call('changeProposal', { ...one, match: `"v${first.version}"`, body: { state: 'seen' }, expect: 200 });
  await world.call('changeProposal', { ...one, match: seen.headers.etag, body: { state: 'dismissed' }, expect: 200 });
  await put(world, 'SAG-61');
  const [second] = await proposed(world, 'SAG-61', 1);
  const again = await world.call('rerankJobOrder', { key: 'team', params: { id: world.watched }, match: '*', body: {}, expect: 200 });
  await listed(world, again.json.version);
  await proposed(world, 'nobody', 0);
  const gone = { key: 'team', params: { id: second.id }, match: '*', body: { state: 'seen' } };
  await world.call('changeProposal', { ...gone, expect: 409, problem: 'state-conflict' });
  await world.call('rerankJobOrder', { key: 'team', params: { id: world.spare }, match: '*', body: {}, expect: 409, problem: 'state-conflict', note: 'a draft' });
}

export function bases(world) {
  const one = { key: 'team', params: { id: world.watched }, stranger: 'stranger' };
  return {
    readWhatIf: one,
    tryWhatIf: { key: 'team', body: order() },
    readGap: one,
    listNearMisses: { ...one, stranger: undefined },
    listProposals: one,
    changeProposal: { key: 'team', params: { id: world.proposal }, match: '*', body: { state: 'dismissed' }, stranger: 'stranger' },
    rerankJobOrder: { ...one, match: '*', body: {} },
  };
}
