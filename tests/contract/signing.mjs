// What endpoints sign with and show: a secret and a key that are followed by others while deliveries stream, and certificates
// that the openssl command makes. A signature that does not fit is a fault of the receiver's (receiver.mjs).
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { waitFor } from './client.mjs';
import { Receiver, verifyEd25519 } from './receiver.mjs';

const STREAM = 60;
const SCHEMES = ['v1', 'v1a'];

const own = world => ({ key: '0751', params: { id: world.endpoints['0751'] } });

// One more test event; what is under way at a time is the daemon's to say.
async function send(world, sent) {
  const answer = await world.call('testEndpoint', { ...own(world), expect: 202, note: 'stream' });
  sent.push(answer.json.delivery_id);
}

async function allDelivered(world, sent) {
  await waitFor('the stream to be delivered', async () => {
    const read = await Promise.all(sent.map(id => world.call('readDelivery', { key: '0751', params: { id }, expect: 200, note: 'stream' })));
    return read.every(each => each.json.state === 'delivered' && each.json.attempts === 1);
  });
}

const follow = (world, scheme, more, grace) => world.call('followEndpointSecret',
  { ...own(world), body: { scheme, ...(grace !== undefined && { grace_seconds: grace }) }, expect: 201, note: scheme, ...more });

const counts = signature => SCHEMES.map(scheme => signature.split(' ').filter(each => each.startsWith(`${scheme},`)).length).join();

// The receiver holds the old ones, and changes some time after the new ones sign: no signature ever fails to fit.
async function followUnderLoad(world) {
  const { receiver } = world;
  const before = receiver.verified;
  const sent = [];
  for (let i = 0; i < STREAM / 3; i += 1) await send(world, sent);
  const made = await Promise.all(SCHEMES.map(scheme => follow(world, scheme)));
  world.require(made[0].json.secret !== null && made[1].json.secret === null && made[1].json.public_key !== null, 'followEndpointSecret: what is shown');
  for (let i = 0; i < STREAM / 3; i += 1) await send(world, sent);
  await allDelivered(world, sent); // whoever was claimed before may still be on its way with the old ones alone
  const oldKey = receiver.publicKeys.get('0751');
  receiver.secrets.set('0751', made[0].json.secret);
  receiver.publicKeys.set('0751', made[1].json.public_key);
  for (let i = 0; i < STREAM / 3; i += 1) await send(world, sent);
  await allDelivered(world, sent);
  const streamed = receiver.events.filter(({ name, event }) => name === '0751' && event.type === 'endpoint.test');
  world.require(receiver.verified - before >= STREAM, `followed under load: ${receiver.verified - before} verified of ${STREAM}`);
  world.require(counts(streamed.at(-1).signature) === '2,2', `in their grace: ${counts(streamed.at(-1).signature)} signatures`);
  return oldKey;
}

// No more than four of a scheme sign; without grace all earlier ones stop at once.
async function limits(world, oldKey) {
  for (let i = 0; i < 2; i += 1) await follow(world, 'v1a', { note: 'more' });
  await world.call('followEndpointSecret', { ...own(world), body: { scheme: 'v1a' }, expect: 409, problem: 'state-conflict' });
  const last = await follow(world, 'v1a', { note: 'at once' }, 0);
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  const made = await follow(world, 'v1', { headers, note: 'once' }, 0);
  const again = await follow(world, 'v1', { headers, note: 'replayed' }, 0);
  world.require(again.json.secret === null && again.json.id === made.json.id, 'followEndpointSecret: the secret is shown twice');
  world.receiver.secrets.set('0751', made.json.secret);
  world.receiver.publicKeys.set('0751', last.json.public_key);
  const sent = [];
  await send(world, sent);
  await allDelivered(world, sent);
  const { signature } = world.receiver.events.filter(({ name, event }) => name === '0751' && event.type === 'endpoint.test').at(-1);
  world.require(counts(signature) === '1,1', `without grace: ${counts(signature)} signatures`);
  world.require(oldKey !== last.json.public_key, 'followEndpointSecret: the same key again');
  const list = await world.call('listEndpointSecrets', { ...own(world), expect: 200 });
  const current = list.json.items.filter(item => item.state === 'current');
  world.require(current.length === 2 && list.json.items.length === 8, `listEndpointSecrets: ${list.raw}`);
  const read = await world.call('readEndpoint', { ...own(world), expect: 200, note: 'public key' });
  world.require(read.json.public_key === last.json.public_key, `readEndpoint: ${read.raw}`);
}

function makeCertificate(name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'emnebank-certificate-'));
  try {
    const [key, certificate] = ['key', 'certificate'].map(file => path.join(folder, file));
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-utf8',
      '-subj', `/C=DK/O=Prøve/CN=${name} (fiktiv)`, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    return { certificate: fs.readFileSync(certificate, 'utf8'), key: fs.readFileSync(key, 'utf8') };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function certificates(world) {
  const spare = { key: '0751', params: { id: world.endpoints.spare }, match: '*' };
  const [good, other] = ['fagsystem', 'fremmed'].map(makeCertificate);
  world.identity = { ...good, pin: `sha256//${Buffer.alloc(32, 7).toString('base64')}` };
  const put = await world.call('putEndpointCertificate', { ...spare, body: world.identity, expect: 200 });
  world.require(put.json.certificate?.subject.includes('CN=fagsystem (fiktiv)') && put.json.pin === world.identity.pin, `putEndpointCertificate: ${put.raw}`);
  world.require(!put.raw.toString('utf8').includes('PRIVATE'), 'putEndpointCertificate: shows the key');
  const foreign = await world.call('putEndpointCertificate', { ...spare, body: { ...good, key: other.key }, expect: 422, note: 'a foreign key' });
  world.require(foreign.json.errors.length === 1 && foreign.json.errors[0].pointer === '/key', `putEndpointCertificate: ${foreign.raw}`);
  await world.call('removeEndpointCertificate', { ...spare, match: put.headers.etag, expect: 204 });
  const bare = await world.call('readEndpoint', { key: '0751', params: spare.params, expect: 200, note: 'no certificate' });
  world.require(bare.json.certificate === null && bare.json.pin === null, `removeEndpointCertificate: ${bare.raw}`);
}

export async function play(world) {
  world.require(!verifyEd25519(world.receiver.publicKeys.get('team'), '{}', {
    'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': `v1a,${Buffer.alloc(64).toString('base64')}`,
  }), 'the verifier of v1a cannot say no');
  world.require(Receiver.canRefuse(world.receiver.secrets.get('team')), 'standardwebhooks takes a signature over other bytes');
  await limits(world, await followUnderLoad(world));
  await certificates(world);
}

export function bases(world) {
  const spare = { key: '0751', params: { id: world.endpoints.spare }, stranger: '0730' };
  return {
    listEndpointSecrets: spare,
    followEndpointSecret: { ...spare, body: { scheme: 'v1', grace_seconds: 60 } },
    putEndpointCertificate: { ...spare, match: '*', body: world.identity },
    removeEndpointCertificate: { ...spare, match: '*' },
  };
}
