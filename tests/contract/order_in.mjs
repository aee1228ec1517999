// Orders from texts, job postings and sheets, and orders as job postings.
import { day } from './pool.mjs';

const danish = date => date.split('-').reverse().join('-');
const HEADING = 'reference;cvr;arbejdsgiver;titel;antal;fag;postnummer;start;ansættelse;krav\r\n';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const row = (change = {}) => {
  const cells = { reference: 'A-17', cvr: '10000009', employer: 'Østjysk Letbanebyg A/S (fiktiv)', title: 'To tømrere', posts: '2', trade: 'tømrer',
    postcode: '8900', start: danish(day(60)), kinds: 'fast', must: 'kørekort B', ...change };
  return `${Object.values(cells).join(';')}\r\n`;
};
const sheet = (world, rows, call = {}) => world.call('importJobOrders', { key: 'team', type: 'text/csv; charset=utf-8', body: HEADING + rows, expect: 200, ...call });
const posting = (change = {}) => ({ '@context': 'https://schema.org', '@type': 'JobPosting', title: 'Tømrer', totalJobOpenings: 2, ...change });

export async function play(world) {
  const text = 'Vi mangler 3 struktører med epoxy til letbanen fra 1. marts, gerne kørekort C og blå øjne';
  const read = await world.call('draftFromText', { key: 'team', body: { text, as_of: '2026-11-23' }, expect: 200, note: 'a text' });
  const draft = read.json.draft;
  world.require(draft.posts === 3 && draft.start_date === '2027-03-01' && draft.occupations[0] === '9312.1', `draftFromText: ${read.raw}`);
  const points = [...text];
  const wrong = [...read.json.spans, ...read.json.not_understood].filter(span => points.slice(span.start, span.end).join('') !== span.text);
  world.require(wrong.length === 0 && read.json.not_understood.some(gap => gap.text === 'blå øjne'), `draftFromText: ${JSON.stringify(wrong)}`);
  const ad = await world.call('draftFromPosting', { key: 'team', body: { '@graph': [posting({ jobBenefits: 'Frugt' })] }, expect: 200, note: 'in a graph' });
  world.require(ad.json.draft.posts === 2 && ad.json.not_understood[0].source === '/jobBenefits', `draftFromPosting: ${ad.raw}`);
  await sheets(world);
  await feed(world);
}

async function sheets(world) {
  const dry = await sheet(world, row(), { query: { dry_run: true }, note: 'dry' });
  world.require(dry.json.created === 1 && dry.json.results[0].order_id === null, `importJobOrders: ${dry.raw}`);
  const made = await sheet(world, row() + row({ reference: 'A-18', cvr: '10000008' }), { note: 'two rows' });
  world.require(made.json.created === 1 && made.json.rejected === 1, `importJobOrders: ${made.raw}`);
  const again = await sheet(world, row(), { note: 'again' });
  world.require(again.json.unchanged === 1 && again.json.results[0].order_id === made.json.results[0].order_id, `importJobOrders: ${again.raw}`);
  const other = await sheet(world, row({ posts: '3' }), { note: 'another' });
  world.require(other.json.differs === 1, `importJobOrders: ${other.raw}`);
  await sheet(world, '', { body: 'farve;form\r\n', expect: 422, problem: 'invalid-body', note: 'unknown columns' });
  await sheet(world, '', { query: { dry_run: 'ja' }, bad: true, expect: 400, problem: 'query-invalid' });
  await sheet(world, '', { type: XLSX, body: 'PK', expect: 422, problem: 'invalid-body', note: 'no workbook' });
  await sheet(world, row(), { key: 'stranger', expect: 403, problem: 'forbidden', note: 'an employer' });
  await world.call('closeJobOrder', { key: 'team', params: { id: made.json.results[0].order_id }, match: '*', body: { reason: 'other' }, expect: 200, note: 'of a sheet' });
}

async function feed(world) {
  const one = await world.call('readPosting', { key: '0751', params: { id: world.order }, expect: 200, note: 'of an order' });
  world.require(one.json.title !== '' && one.json.totalJobOpenings > 0, `readPosting: ${one.raw}`);
  const page = await world.call('listPostings', { key: '0751', query: { limit: 1 }, expect: 200 });
  world.require(page.json.items.length === 1, `listPostings: ${page.raw}`);
  await world.call('listPostings', { key: '0751', query: { limit: 1 }, headers: { 'If-None-Match': page.headers.etag }, expect: 304, note: 'unchanged' });
  await world.call('listPostings', { key: '0751', query: { cursor: 'x' }, expect: 400, problem: 'cursor-invalid', note: 'forged' });
}

export function bases(world) {
  return {
    draftFromText: { key: 'team', body: { text: 'Vi mangler 3 struktører', as_of: '2026-11-23' } },
    draftFromPosting: { key: 'team', body: posting(), open: true }, // a stranger's document has any members
    importJobOrders: { key: 'team', type: 'text/csv', body: HEADING },
    listPostings: { key: 'team' },
    readPosting: { key: 'team', params: { id: world.order }, stranger: 'stranger' },
  };
}
