// Figures, of what the others' acts left behind: as JSON, and as the tables.
import { HOME } from './pool.mjs';

const TABLES = { orders: 'Måned;Kommunekode;Kommune;Jobordrer', hires: 'Kommunekode;Kommune;Opgjort efter', balance: 'Kommunekode;Kommune;Afgivet' };

export async function play(world) {
  const all = await world.call('readFigures', { key: 'team', expect: 200, note: 'this month' });
  const total = all.json.months.find(row => row.place.kind === 'all');
  world.require(total.orders > 0 && total.orders_put_forward > 0, `readFigures: ${JSON.stringify(total)}`);
  const sum = all.json.balance.places.reduce((left, row) => left + row.balance, 0);
  world.require(sum === 0, `readFigures: the balance sums to ${sum}`);
  const query = { from: '2026-01', to: '2026-03', municipality: HOME };
  const own = await world.call('readFigures', { key: HOME, query, expect: 200, note: 'its own rows' });
  world.require(own.json.months.length === 3 && own.json.months.every(row => row.place.code === HOME), `readFigures: ${own.raw}`);
  for (const [table, head] of Object.entries(TABLES)) {
    const sheet = await world.call('readFigures', { key: HOME, query: { table }, headers: { Accept: 'text/csv' }, expect: 200, note: table });
    world.require(sheet.type === 'text/csv' && sheet.raw.toString('utf8').startsWith(`\uFEFF${head}`), `readFigures: ${sheet.raw}`);
  }
  await world.call('readFigures', { key: 'stranger', expect: 403, problem: 'forbidden', note: 'an employer' });
  await world.call('readFigures', { key: 'team', query: { from: '2026-03', to: '2026-02' }, expect: 400, problem: 'query-invalid', note: 'backwards' });
  await world.call('readFigures', { key: 'team', query: { municipality: '0101' }, expect: 400, problem: 'query-invalid', note: 'no partner' });
}

export function bases() {
  return { readFigures: { key: 'team' } };
}
