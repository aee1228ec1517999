// What every operation must do in the same way, made from one good call of each (its base): a call spoilt in one place.
import crypto from 'node:crypto';
import net from 'node:net';
import { Bodies } from './bodies.mjs';
import { send } from './client.mjs';
import { CANARY } from './ledger.mjs';

const JSON_CAP = 262144;
const IMPORT_CAP = 67108864;

const with_ = (base, change) => ({ ...base, ...change, headers: { ...base.headers, ...change.headers } });
const documents = (operation, status) => operation.responses[status] !== undefined;
const takes = (operation, type) => operation.body?.node.content[type] !== undefined;

// Of free text only its length can be wrong.
function wrongValue(schema) {
  return schema.type === 'string' && schema.maxLength ? CANARY.repeat(schema.maxLength) : CANARY;
}

// [status, problem type or undefined, call] for everything that the document says of this operation.
function* spoilt(document, operation, base) {
  const refused = (status, problem, change, note) => [status, problem, { ...with_(base, change), note: note ?? problem }];
  const reads = operation.method === 'GET';
  const json = takes(operation, 'application/json') && !base.file;

  if (documents(operation, 400)) {
    yield refused(400, 'malformed-request', { rawQuery: 'a=%zz' });
    yield refused(400, 'query-invalid', { rawQuery: 'a=%ff' });
    if (reads && !operation.public) yield refused(400, 'query-invalid', { query: { unknown_parameter: CANARY } }, 'an unknown parameter');
    if (!operation.public) yield refused(400, 'malformed-request', { headers: { 'X-Purpose': 'a'.repeat(201) } }, 'a long purpose');
    if (document.has(operation, 'cursor')) {
      yield refused(400, 'cursor-invalid', { query: { cursor: CANARY } });
      yield refused(400, 'query-invalid', { query: { limit: '201' } }, 'limit=201');
      yield refused(400, 'query-invalid', { rawQuery: 'limit=1&limit=2' }, 'a parameter twice');
    }
    for (const parameter of operation.parameters.filter(each => each.in === 'query' && !['cursor', 'limit'].includes(each.name))) {
      yield refused(400, 'query-invalid', { query: { [parameter.name]: wrongValue(document.at(parameter.schema).node) } }, `a wrong ${parameter.name}`);
    }
    if (json) {
      yield refused(400, 'malformed-json', { body: `{"${CANARY}` });
      yield refused(400, 'malformed-json', { body: '{"a":1,"\\u0061":2}' }, 'a member twice');
    }
    if (document.has(operation, 'Idempotency-Key')) {
      yield refused(400, 'idempotency-key-missing', { headers: { 'Idempotency-Key': null } });
      yield refused(400, 'idempotency-key-malformed', { headers: { 'Idempotency-Key': `"${CANARY}` } });
    }
  }
  if (documents(operation, 401)) {
    yield refused(401, 'unauthenticated', { key: undefined });
    yield refused(401, 'unauthenticated', { headers: { Authorization: `Bearer emb_demo_${CANARY}` } }, 'a wrong key');
  }
  if (documents(operation, 403)) yield refused(403, 'scope-missing', { key: 'bare' });
  if (documents(operation, 404)) yield* strangers(operation, base, refused);
  if (documents(operation, 406)) yield refused(406, 'not-acceptable', { headers: { Accept: 'image/png' } });
  if (documents(operation, 412)) {
    yield refused(412, 'version-stale', { match: '"v999999"' });
    yield refused(412, 'version-stale', { match: `"${CANARY}"` }, 'no version');
  }
  if (documents(operation, 413)) yield refused(413, 'body-too-large', { announce: (json ? JSON_CAP : IMPORT_CAP) + 1 });
  if (documents(operation, 415)) {
    yield refused(415, 'media-type-unsupported', { type: 'text/plain' });
    yield refused(415, 'content-encoding-unsupported', { headers: { 'Content-Encoding': 'gzip' } });
  }
  if (documents(operation, 422) && json) {
    if (!base.open) yield refused(422, 'invalid-body', { body: { ...base.body, unknown_member: CANARY } }, 'an unknown member');
    yield refused(422, 'invalid-body', { body: `["${CANARY}"]` }, 'no object');
  }
  if (documents(operation, 428)) yield refused(428, 'if-match-required', { match: undefined });
}

// Nobody's id, what is no id, and somebody else's: all are 404.
function* strangers(operation, base, refused) {
  for (const name of Object.keys(base.params ?? {})) {
    if (name === 'external_ref' && operation.id === 'putCandidate') continue;
    const other = { id: [crypto.randomUUID(), CANARY], municipality: ['0730', '9999'], external_ref: [CANARY], slug: [CANARY], kind: [CANARY],
      candidate: [crypto.randomUUID(), CANARY], cvr: operation.id === 'putEmployer' ? [CANARY] : ['20000031', CANARY], code: [CANARY], token: [crypto.randomBytes(32).toString('hex'), CANARY] }[name];
    for (const value of other) yield refused(404, 'not-found', { params: { ...base.params, [name]: value } }, `${name} of nobody`);
  }
  if (base.stranger) yield refused(404, 'not-found', { key: base.stranger }, `as ${base.stranger}`);
}

export async function runGeneric({ document, ledger, caller }, bases) {
  const bodies = new Bodies({ document, ledger, caller });
  for (const operation of document.operations) {
    const base = bases[operation.id];
    if (!base) throw new Error(`${operation.id} has no base in world.mjs`);
    for (const [status, problem, call] of spoilt(document, operation, base)) {
      const answer = await caller.attempt(operation.id, { ...call, problem });
      ledger.require(answer.status === status, `${operation.id} (${call.note}): ${answer.status}, not ${status}`);
    }
    if (takes(operation, 'application/json') && !base.file) await bodies.compare(operation, base);
    if (operation.method === 'GET') await readAgain({ ledger, caller }, operation, base);
  }
  ledger.require(bodies.lists > 0, 'no fault named the words that the daemon takes');
  return bodies.probed;
}

// HEAD as GET without a body; If-None-Match where there is an ETag.
async function readAgain({ ledger, caller }, operation, base) {
  const { operation: known, ...request } = caller.request(operation.id, base);
  const get = await send(request);
  ledger.judge(operation, get, `${operation.id} (base)`);
  const head = await send({ ...request, method: 'HEAD' });
  ledger.require(head.status === get.status && head.raw.length === 0 && head.headers['content-type'] === get.headers['content-type'],
    `${operation.id}: HEAD answers ${head.status}, GET ${get.status}`);
  if (!operation.responses[304]) {
    ledger.require(!get.headers.etag, `${operation.id}: has an ETag, but no 304 is documented`);
    return;
  }
  const same = await caller.attempt(operation.id, { ...base, headers: { ...base.headers, 'If-None-Match': get.headers.etag }, note: 'unchanged' });
  ledger.require(same.status === 304, `${operation.id}: If-None-Match gives ${same.status}, not 304`);
}

// --- before an operation is found: x-refusals, over a raw socket ---

function raw(address, text) {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const chunks = [];
    const socket = net.connect(Number(port), host, () => socket.write(text));
    socket.setTimeout(20000, () => socket.destroy(new Error('no answer')));
    socket.on('data', chunk => {
      chunks.push(chunk);
      const answer = parse(Buffer.concat(chunks).toString('utf8'));
      if (answer) {
        socket.destroy();
        resolve(answer);
      }
    });
    socket.on('end', () => reject(new Error(`ended after ${JSON.stringify(Buffer.concat(chunks).toString('utf8').slice(0, 200))}`)));
    socket.on('error', reject);
  });
}

function parse(text) {
  const end = text.indexOf('\r\n\r\n');
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
  const body = text.slice(end + 4);
  if (end < 0 || Buffer.byteLength(body) < length) return undefined;
  return { status: Number(text.split(' ')[1]), head: text.slice(0, end), json: JSON.parse(body) };
}

export async function runRefusals({ document, ledger, caller }) {
  const start = 'GET /v1/trades HTTP/1.1\r\nHost: localhost\r\n';
  const requests = {
    'malformed-request': 'GET /v1/trades HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n',
    'not-found': 'GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'method-not-allowed': 'DELETE /v1/trades HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'length-required': 'POST /v1/job-orders HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'body-too-large': `POST /v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${JSON_CAP + 1}\r\n\r\n`,
    'target-too-long': `GET /${'a'.repeat(4100)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
    'expectation-failed': `${start}Expect: a-miracle\r\n\r\n`,
    'head-too-large': `${start}X-Long: ${'a'.repeat(17000)}\r\n\r\n`,
    'method-unknown': 'FROBNICATE /v1/trades HTTP/1.1\r\nHost: localhost\r\n\r\n',
    'http-version-unsupported': 'GET /v1/trades HTTP/1.9\r\nHost: localhost\r\n\r\n',
  };
  for (const { status, type } of document.tree['x-refusals']) {
    const answer = await raw(caller.settings.api, requests[type]).catch(error => ({ status: error.message }));
    const where = `refusal ${type}`;
    ledger.require(answer.status === status && answer.json?.type === `/problems/${type}`, `${where}: ${answer.status} ${answer.json?.type}`);
    const faults = answer.json ? document.faults('/components/schemas/Problem', answer.json) : 'no problem';
    ledger.require(faults === '', `${where}: ${faults}`);
    ledger.require(/^content-type: application\/problem\+json/im.test(answer.head ?? ''), `${where}: not problem+json`);
    if (status === 405) ledger.require(/^allow: GET, HEAD\r?$/im.test(answer.head ?? ''), `${where}: no Allow`);
  }
  return document.tree['x-refusals'].length;
}

// --- the last act: PostgreSQL is gone ---

export async function runWithoutDatabase({ document, ledger, caller }, bases) {
  await Promise.all(document.operations.filter(operation => operation.responses[503]).map(async operation => {
    const answer = await caller.attempt(operation.id, { ...bases[operation.id], note: 'without a database' });
    ledger.require(answer.status === 503, `${operation.id}: ${answer.status} without a database, not 503`);
  }));
}
