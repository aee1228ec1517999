// An endpoint that fails for long, and what is sent again.
import { waitFor } from './client.mjs';

const SINCE = '2026-01-01T00:00:00Z';

async function sql(world, text) {
  const session = await world.hold(text);
  session.stdin.end();
}

// As if its receiver had been away for two hours: owner and team are told.
async function failing(world) {
  const id = world.endpoints.arbejdsgiver;
  await sql(world, `UPDATE emnebank.endpoint SET breaker = 'open', breaker_trips = 8, breaker_until = now() + interval '1 hour',
    failing_since = now() - interval '2 hours', failed_at = now(), failed_how = 'http_503' WHERE id = '${id}';`);
  await world.receiver.until('endpoint.failing', (event, to) => event.type === 'endpoint.failing' && to === 'team' && event.data.endpoint_id === id);
  const read = await world.call('readEndpoint', { key: 'arbejdsgiver', params: { id }, expect: 200, note: 'failing' });
  world.require(read.json.breaker.state === 'open' && read.json.failing_how === 'http_503', `readEndpoint: ${read.raw}`);
  await sql(world, `UPDATE emnebank.endpoint SET breaker = 'closed', breaker_trips = 0, breaker_until = NULL, failing_since = NULL,
    failed_at = NULL, failed_how = NULL, failing_told_at = NULL WHERE id = '${id}';`);
}

// As if a client certificate had five days left.
async function attention(world) {
  const id = world.endpoints['0751'];
  await sql(world, `INSERT INTO emnebank.endpoint_identity (endpoint_id, organisation_id, not_after)
    SELECT id, organisation_id, now() + interval '5 days' FROM emnebank.endpoint WHERE id = '${id}';`);
  await world.receiver.until('endpoint.attention', (event, to) => event.type === 'endpoint.attention' && to === 'team' &&
    event.data.endpoint_id === id && event.data.reason === 'certificate_expiring');
  await sql(world, `DELETE FROM emnebank.endpoint_identity WHERE endpoint_id = '${id}';`);
}

async function replay(world) {
  const endpoint = { key: '0751', params: { id: world.endpoints['0751'] }, body: { since: SINCE } };
  const one = { key: '0751', params: { id: world.delivery } };
  const giveUp = () => sql(world, `UPDATE emnebank.delivery SET state = 'dead', reason = 'exhausted' WHERE id = '${world.delivery}';`);
  await world.call('replayDelivery', { ...one, expect: 409, problem: 'state-conflict' });
  await giveUp();
  const again = await world.call('replayDelivery', { ...one, expect: 202 });
  world.require(again.json.webhook_id === `msg_${world.delivery}`, `replayDelivery: ${again.raw}`);
  await waitFor('the delivery to be sent again', async () => {
    const read = await world.call('readDelivery', { ...one, expect: 200, note: 'again' });
    return read.json.state === 'delivered' && read.json.attempt_log.length === 2;
  });
  const many = await world.call('replayEndpoint', { ...endpoint, expect: 202 });
  world.require(many.json.more === false, `replayEndpoint: ${many.raw}`);
  await world.call('replayEndpoint', { ...endpoint, params: { id: world.endpoints.spare }, expect: 409, problem: 'state-conflict' });
  await giveUp();
  await sql(world, `UPDATE emnebank.endpoint SET replay_window = now(), replay_asked = 30 WHERE id = '${world.endpoints['0751']}';`);
  await world.call('replayEndpoint', { ...endpoint, expect: 429, problem: 'quota-exceeded' });
  await world.call('replayDelivery', { ...one, expect: 429, problem: 'quota-exceeded' });
}

export async function play(world) {
  await failing(world);
  await attention(world);
  await replay(world);
  const query = { kind: 'endpoint.test', endpoint: world.endpoints['0751'], since: SINCE, state: 'dead' };
  const found = await world.call('listDeliveries', { key: '0751', query, expect: 200, note: 'filtered' });
  world.require(found.json.items.some(item => item.id === world.delivery), `listDeliveries: ${found.raw}`);
  for (const [name, value] of Object.entries({ kind: 'x', endpoint: 'x', since: 'x', state: 'x' })) {
    await world.call('listDeliveries', { key: '0751', query: { [name]: value }, expect: 400, problem: 'query-invalid', note: name });
  }
}

export function bases(world) {
  return {
    replayEndpoint: { key: '0751', params: { id: world.endpoints.spare }, stranger: '0730',
      body: { since: SINCE, kinds: ['lead.assigned'], states: ['dead', 'missed'] } },
    replayDelivery: { key: '0751', params: { id: world.delivery }, stranger: '0730' },
  };
}
