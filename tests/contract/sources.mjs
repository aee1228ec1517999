// An export with its mapping: guessed, tried, read, and read again.
import { CANARY } from './ledger.mjs';
import { crowd } from './pool.mjs';

const MAPPING = {
  columns: [{ column: 'Projekt-ID', field: 'project_reference' }, { column: 'Projektnavn', field: 'project_name' },
    { column: 'Entreprenør', field: 'company_name' }, { column: 'Byggesum', field: 'value', unit: '1000000', decimal: ',', currency: 'DKK' },
    { column: 'Byggestart', field: 'start_date', order: 'dmy' }, { column: 'Stade', field: 'stage' }, { column: 'Postnr', field: 'postal_code' }],
  stage: 'planned', stages: { S3: 'construction' },
};
const HEADING = 'Projekt-ID;Projektnavn;Entreprenør;Byggesum;Byggestart;Stade;Postnr\n';
const SCHOOL = 'P1;Ny skole;Murer A/S (fiktiv);12,5;2. kvartal 2027;I udbud;8000\n';
const HALL = 'P2;Ny hal;Tømrer A/S (fiktiv);ca. 5-10;snarest;S3;8000\n';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

export async function play(world) {
  const body = { name: 'byggefakta', mapping: MAPPING };
  const made = await world.call('createLeadSource', { key: 'team', body, expect: 201 });
  await world.call('createLeadSource', { key: 'team', body, expect: 200, note: 'again' });
  await world.call('createLeadSource', { key: 'stranger', body, expect: 403, problem: 'forbidden' });
  world.source = made.json.id;
  const one = { key: 'team', params: { id: world.source } };
  const changed = { name: 'byggefakta ugeliste', mapping: MAPPING };
  await world.call('putLeadSource', { ...one, match: made.headers.etag, body: changed, expect: 200 });
  await guess(world);
  await files(world, one);
  await world.call('listLeadSources', { key: '0751', expect: 200, note: 'after an import' });
  await world.call('listLeadSources', { key: 'stranger', expect: 403, problem: 'forbidden' });
}

async function guess(world) {
  const sheet = { key: 'team', type: 'text/csv' };
  const guessed = await world.call('guessLeadSource', { ...sheet, body: HEADING + SCHOOL, expect: 200 });
  const fields = guessed.json.columns.map(column => column.field).join();
  world.require(fields === 'project_reference,project_name,company_name,value,start_date,stage,postal_code', `guessLeadSource: ${fields}`);
  await crowd(world, 'guessLeadSource', { ...sheet, body: HEADING + SCHOOL.repeat(50) });
  await world.call('guessLeadSource', { ...sheet, body: `${CANARY};"`, expect: 422, problem: 'invalid-body' });
}

async function files(world, one) {
  const file = { ...one, type: 'text/csv' };
  const read = (body, expect, more) => world.call('importLeadSource', { ...file, body, expect, ...more });
  const counts = ({ json }) => [json.rows, json.created, json.updated, json.unchanged, json.rejected, json.missing].join();
  const dry = await read(HEADING + SCHOOL + HALL, 200, { query: { dry_run: 'true' }, note: 'dry' });
  world.require(counts(dry) === '2,2,0,0,0,0' && dry.json.preview.length === 2, `importLeadSource: dry ${counts(dry)}`);
  const first = await read(HEADING + SCHOOL + HALL, 200);
  world.require(counts(first) === '2,2,0,0,0,0' && first.json.faults[0].code === 'FORMAT', `importLeadSource: ${counts(first)}`);
  const again = await read(HEADING + SCHOOL + HALL, 200, { type: 'text/csv; charset=utf-8', note: 'again' });
  world.require(counts(again) === '2,0,0,2,0,0', `importLeadSource: again ${counts(again)}`);
  const less = await read(`${HEADING}${SCHOOL};;;;;;8000\n`, 200, { query: { confirmed: 'true' }, note: 'a row less, and one that is none' });
  world.require(counts(less) === '2,0,0,1,1,1', `importLeadSource: less ${counts(less)}`);
  await read(HEADING + SCHOOL, 200, { query: { complete: 'false' }, note: 'a part' });
  const none = await read(HEADING, 200, { note: 'no rows' });
  world.require(none.json.missing === 0 && none.json.missing_unknown === 'no_rows', `importLeadSource: none ${counts(none)}`);
  const confirmed = await read(HEADING, 200, { query: { dry_run: 'true', confirmed: 'true' }, note: 'no rows, confirmed' });
  world.require(confirmed.json.missing === 1 && confirmed.json.missing_unknown === null, `importLeadSource: confirmed ${counts(confirmed)}`);
  await crowd(world, 'importLeadSource', { ...file, query: { dry_run: 'true' }, body: HEADING + ';;;;;;8000\n'.repeat(2000) });
  await read(`${CANARY}\n`, 422, { problem: 'invalid-body' });
  await read('PK', 422, { type: XLSX, problem: 'invalid-body', note: 'no spreadsheet' });
  await read(HEADING, 403, { key: 'stranger', problem: 'forbidden' });
}

export function bases(world) {
  const one = { key: 'team', params: { id: world.source } };
  const body = { name: 'byggefakta', mapping: MAPPING };
  return {
    listLeadSources: { key: 'team' },
    createLeadSource: { key: 'team', body },
    readLeadSource: { ...one, stranger: 'stranger' },
    putLeadSource: { ...one, stranger: 'stranger', match: '*', body },
    guessLeadSource: { key: 'team', type: 'text/csv', body: HEADING },
    importLeadSource: { ...one, type: 'text/csv', body: HEADING, query: { complete: 'false' } },
  };
}
