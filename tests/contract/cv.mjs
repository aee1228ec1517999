// A CV that its employer fetches: as JSON, as PDF, by a link; refused once the release is over.
import crypto from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const EMPLOYER = 'arbejdsgiver';

// By somebody else's schema: its software can read our CVs.
function resumeFaults(cv) {
  const ajv = new Ajv({ allErrors: true, strict: false });
  addFormats(ajv);
  const file = createRequire(import.meta.url).resolve('@jsonresume/schema/schema.json');
  return ajv.validate(JSON.parse(fs.readFileSync(file, 'utf8')), cv) ? '' : ajv.errorsText();
}

// `id` is in force, `gone` is not any more.
export async function fetched(world, id, gone) {
  const params = { id };
  const read = (more = {}) => world.call('readCv', { key: EMPLOYER, params, expect: 200, ...more });
  const json = (await read()).json;
  world.require(resumeFaults(json.cv) === '' && resumeFaults({ basics: 7 }) !== '', `readCv, as JSON Resume: ${resumeFaults(json.cv)}`);
  world.require(json.release_id === id && !JSON.stringify(json).includes('010190'), 'readCv: another CV, or a CPR number');
  const pdf = await read({ headers: { Accept: 'application/pdf' }, note: 'as PDF' });
  world.require(pdf.type === 'application/pdf' && pdf.raw.length < 262144, `readCv: ${pdf.type} of ${pdf.raw.length} bytes`);
  await read({ params: { id: gone }, expect: 410, problem: 'gone' });
  const link = (more = {}) => world.call('createCvLink', { key: EMPLOYER, params, body: {}, expect: 201, ...more });
  await link({ params: { id: gone }, expect: 410, problem: 'gone' });
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const token = (await link({ headers })).json.url.split('/').pop();
  world.require((await link({ headers, note: 'again' })).json.url === null, 'createCvLink: the address is shown twice');
  const open = (more = {}) => world.call('readCvByLink', { key: EMPLOYER, params: { token }, expect: 200, ...more });
  await stopped(world, [read, link, open]);
  await open();
  await open({ expect: 410, problem: 'gone', note: 'again' });
  world.cvRelease = id;
  world.cvToken = token;
}

// While pushes are stopped nothing is handed out either.
async function stopped(world, calls) {
  const turn = on => world.call('putPushStop', { key: 'team', match: '*', body: { stopped: on, reason: 'Prøve' }, expect: 200, note: 'for CVs' });
  await turn(true);
  for (const call of calls) await call({ expect: 409, problem: 'state-conflict', note: 'stopped' });
  await turn(false);
}

export function bases(world) {
  return {
    readCv: { key: EMPLOYER, params: { id: world.cvRelease } },
    createCvLink: { key: EMPLOYER, params: { id: world.cvRelease }, body: {} },
    readCvByLink: { key: EMPLOYER, params: { token: world.cvToken } },
  };
}
