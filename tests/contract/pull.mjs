// Events for those who fetch them, and what came of recalls.
import { HOME } from './pool.mjs';

export async function play(world) {
  await events(world);
  await waits(world);
  await expired(world);
  await recalls(world);
}

// Everybody's, whole; what an employer was sent by webhook it can read here, with the person while the release is in force.
async function events(world) {
  for (const key of ['team', HOME, '0730']) await world.walk('listEvents', { key, query: { limit: 20 } });
  const own = await world.walk('listEvents', { key: 'arbejdsgiver', query: { limit: 3 } });
  const cvs = own.filter(event => event.type === 'cv.released');
  world.require(cvs.some(event => event.data.withdrawn) && cvs.some(event => JSON.stringify(event.data).includes('(fiktiv)')),
    'listEvents: no CV that is in force, or none that was withdrawn');
  world.require(own.some(event => event.type === 'cv.recalled'), 'listEvents: no recall');
}

async function waits(world) {
  for (const id of ['listEvents', 'listChanges']) {
    const none = await world.call(id, { key: 'stranger', query: { wait: 1 }, expect: 200, note: 'waits' });
    world.require(none.json.items.length === 0 && none.json.next, `${id}: somebody else's events`);
  }
}

// As if days of the feed had been dropped after the cursor.
async function expired(world) {
  const organisation = `(SELECT id FROM emnebank.organisation WHERE municipality_code = '0730')`;
  for (const id of ['listEvents', 'listChanges']) {
    const first = await world.call(id, { key: '0730', query: { limit: 1 }, expect: 200 });
    const dropped = await world.hold(`INSERT INTO emnebank.change_floor SELECT organisation_id, xid, id FROM emnebank.change
      WHERE organisation_id = ${organisation} ORDER BY xid DESC, id DESC LIMIT 1;`);
    await world.call(id, { key: '0730', query: { cursor: first.json.next }, expect: 410, problem: 'cursor-expired' });
    await world.call(id, { key: '0730', expect: 200, note: 'begun anew' });
    dropped.stdin.end();
    (await world.hold('DELETE FROM emnebank.change_floor;')).stdin.end();
  }
}

async function recalls(world) {
  const all = await world.walk('listRecalls', { key: 'team', query: { limit: 1 } });
  const own = await world.walk('listRecalls', { key: HOME });
  world.require(own.length > 0 && all.length >= own.length && own.every(recall => recall.external_ref) && all.every(recall => !recall.external_ref),
    'listRecalls: not the home\'s own, or a reference to somebody else');
  world.require(all.every(recall => recall.places.length > 0), 'listRecalls: nobody had it');
  await world.call('listRecalls', { key: 'team', query: { open: true }, expect: 200 });
  await world.call('listRecalls', { key: 'stranger', expect: 403, problem: 'forbidden' });
}

export function bases() {
  return { listEvents: { key: 'arbejdsgiver' }, listRecalls: { key: 'team' } };
}
