// An organisation's settings, and its switch of automatic release.

const none = { first_rung: null, lists_per_candidate: null, wishes_floor: null, auto_release: null };
const ahead = days => new Date(Date.now() + days * 86400e3).toISOString();

export async function play(world) {
  const put = (body, more) => world.call('putPolicy', { key: '0751-person', match: '*', body: { ...none, ...body }, expect: 200, ...more });
  const empty = await world.call('readPolicy', { key: '0751', expect: 200 });
  world.require(empty.json.in_force.first_rung === 'all' && empty.json.auto_release === null, `readPolicy: ${empty.raw}`);
  await put({}, { key: '0751', expect: 403, problem: 'named-person-required' });
  await put({ auto_release: { until: ahead(1) } }, { key: 'team', expect: 403, problem: 'forbidden' });
  await put({ auto_release: { until: ahead(-1) } }, { expect: 409, problem: 'state-conflict' });
  const late = await put({ auto_release: { until: ahead(31) } }, { expect: 422, problem: 'invalid-body' });
  world.require(late.json.errors[0].pointer === '/auto_release/until', `putPolicy: ${late.raw}`);
  const on = await put({ wishes_floor: 400, auto_release: { until: ahead(29) } }, { match: empty.headers.etag });
  world.require(on.json.in_force.wishes_floor === 400 && on.json.auto_release.person.includes('fiktiv'), `putPolicy: ${on.raw}`);
  await put({}, { match: empty.headers.etag, expect: 412, problem: 'version-stale' });
  const off = await put({});
  world.require(off.json.auto_release === null && off.json.in_force.wishes_floor === 0, `putPolicy: ${off.raw}`);
}

export function bases() {
  return { readPolicy: { key: '0751' }, putPolicy: { key: '0751-person', match: '*', body: { first_rung: 'all', lists_per_candidate: 3, wishes_floor: 0, auto_release: null }, others: [{ ...none, auto_release: { until: ahead(1) } }] } };
}
