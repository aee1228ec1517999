// A receiver of webhooks. Verifies each signature with somebody else's code (v1 with the standardwebhooks package, v1a with
// Node's own Ed25519), and each body against `webhooks` and, as its receivers can, against proto/events.
import crypto from 'node:crypto';
import http from 'node:http';
import { Webhook } from 'standardwebhooks';

// As Standard Webhooks says, over the bytes that came: whether a v1a signature is that of the key.
export function verifyEd25519(publicKey, body, headers) {
  const raw = Buffer.from(publicKey.slice('whpk_'.length), 'base64');
  const key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  const content = Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  return headers['webhook-signature'].split(' ').filter(each => each.startsWith('v1a,'))
    .some(each => crypto.verify(null, content, key, Buffer.from(each.slice('v1a,'.length), 'base64')));
}

export class Receiver {
  constructor(document, schemas, ledger) {
    this.document = document;
    this.schemas = schemas;
    this.ledger = ledger;
    this.secrets = new Map(); // name → whsec_…
    this.publicKeys = new Map(); // name → whpk_…
    this.statuses = new Map(); // name → what to answer instead of 204
    this.events = [];
    this.verified = 0;
    this.waiting = [];
    this.server = http.createServer((request, response) => this.receive(request, response));
  }

  async start() {
    await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve));
  }

  url(name) {
    return `http://127.0.0.1:${this.server.address().port}/${name}`;
  }

  async receive(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const name = request.url.slice(1);
    if (body.startsWith('{"type":"endpoint.verify"')) await this.answerChallenge(name, body, response);
    else response.writeHead(this.statuses.get(name) ?? 204).end();
    try {
      const event = new Webhook(this.secrets.get(name)).verify(body, request.headers);
      if (!verifyEd25519(this.publicKeys.get(name), body, request.headers)) throw new Error('no v1a signature fits');
      this.take(name, event, request.headers);
    } catch (error) {
      this.ledger.fault(`webhook to ${name}: ${error.message}`);
    }
  }

  // The challenge may be here before the answer that shows the secret.
  async answerChallenge(name, body, response) {
    for (let waited = 0; !this.secrets.has(name) && waited < 10000; waited += 10) await new Promise(resolve => setTimeout(resolve, 10));
    if (this.statuses.has(name)) response.writeHead(this.statuses.get(name)).end();
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ challenge: JSON.parse(body).data.challenge }));
  }

  take(name, event, headers) {
    this.verified += 1;
    const pointer = `/webhooks/${event.type}/post/requestBody/content/application~1json/schema`;
    const known = this.document.tree.webhooks[event.type];
    const faults = known ? this.document.faults(pointer, event) : 'not documented';
    this.ledger.require(faults === '', `webhook ${event.type} to ${name}: ${faults}`);
    const alone = this.schemas.faults(event);
    this.ledger.require(alone === '', `webhook ${event.type} to ${name}, by proto/events: ${alone}`);
    for (const parameter of known?.parameters ?? []) {
      const { node, pointer: place } = this.document.at(parameter.$ref.slice(1));
      const wrong = this.document.faults(`${place}/schema`, headers[node.name]);
      this.ledger.require(wrong === '', `webhook ${event.type} to ${name}: header ${node.name}: ${wrong}`);
    }
    this.events.push({ name, event, signature: headers['webhook-signature'] });
    this.waiting = this.waiting.filter(waiter => !waiter());
  }

  // The first event that fits, now or when it comes.
  until(what, fits, seconds = 120) {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(seconds * 1000);
      const look = () => {
        const found = this.events.find(({ name, event }) => fits(event, name));
        if (found) resolve(found.event);
        return Boolean(found);
      };
      signal.addEventListener('abort', () => reject(new Error(`waited ${seconds} s for ${what}`)));
      if (!look()) this.waiting.push(look);
    });
  }

  // That a signature by another secret, or over other bytes, is refused: the verifier can say no.
  static canRefuse(secret) {
    const signer = new Webhook(secret);
    const now = new Date();
    const headers = {
      'webhook-id': 'msg_1', 'webhook-timestamp': String(Math.floor(now / 1000)), 'webhook-signature': signer.sign('msg_1', now, '{"a":1}'),
    };
    signer.verify('{"a":1}', headers);
    try {
      signer.verify('{"a":2}', headers);
    } catch {
      return true;
    }
    return false;
  }

  missing() {
    const kinds = new Set(this.events.map(({ event }) => event.type));
    return Object.keys(this.document.tree.webhooks).filter(kind => !kinds.has(kind));
  }

  stop() {
    this.server.closeAllConnections?.();
    this.server.close();
  }
}
