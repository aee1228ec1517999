// Calls an operation by its id. What is meant to be good is checked against the document before it is sent.
import crypto from 'node:crypto';
import { send } from './client.mjs';

// The one type of ours that IANA has registered is named as it is there.
const typeOf = slug => (slug === 'quota-exceeded' ? `https://iana.org/assignments/http-problem-types#${slug}` : `/problems/${slug}`);

export class Caller {
  constructor(document, ledger, settings) {
    this.document = document;
    this.ledger = ledger;
    this.settings = settings;
  }

  // {key, params, query, body, type, match, headers} → what client.send takes. `key` names an entry of settings.keys.
  request(id, call = {}) {
    const operation = this.document.byId.get(id);
    if (!operation) throw new Error(`openapi.yaml has no operation ${id}`);
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(call.params?.[name]));
    const query = call.rawQuery ?? new URLSearchParams(call.query ?? {}).toString();
    const headers = { 'X-Request-Id': crypto.randomUUID() };
    if (call.key) headers.Authorization = `Bearer ${this.settings.keys[call.key]}`;
    if (call.match) headers['If-Match'] = call.match;
    if (this.document.has(operation, 'Idempotency-Key')) headers['Idempotency-Key'] = `"${crypto.randomUUID()}"`;
    let body = call.body;
    if (body !== undefined && operation.body) {
      headers['Content-Type'] = call.type ?? 'application/json';
      if (typeof body !== 'string') body = JSON.stringify(body);
    }
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value === null) delete headers[name];
      else headers[name] = value;
    }
    return {
      operation, address: operation.admin ? this.settings.admin : this.settings.api, method: call.method ?? operation.method,
      path: path + (query ? `?${query}` : ''), headers, body: call.announce === undefined ? body : undefined, announce: call.announce,
    };
  }

  // Sends, judges, and throws when the status is another than `expect`: then nothing after it makes sense.
  async call(id, call = {}) {
    const answer = await this.attempt(id, call);
    if (call.expect !== undefined && answer.status !== call.expect) {
      throw new Error(`${id}${call.note ? ` (${call.note})` : ''}: ${answer.status}, not ${call.expect}: ${answer.raw.toString('utf8').slice(0, 600)}`);
    }
    return answer;
  }

  async attempt(id, call) {
    const { operation, ...request } = this.request(id, call);
    const where = `${id}${call.note ? ` (${call.note})` : ''}`;
    if (call.expect < 400) this.judgeRequest(operation, call, where);
    const answer = await send(request);
    this.ledger.judge(operation, answer, where);
    this.ledger.require(answer.headers['x-request-id'] === request.headers['X-Request-Id'] || answer.json?.trace_id,
      `${where}: X-Request-Id was not given back`);
    if (call.problem) {
      this.ledger.require(answer.json?.type === typeOf(call.problem), `${where}: ${answer.json?.type}, not ${call.problem}`);
    }
    return answer;
  }

  judgeRequest(operation, call, where) {
    const given = { path: call.params ?? {}, query: call.query ?? {} };
    for (const place of ['path', 'query']) {
      for (const [name, value] of Object.entries(given[place])) {
        const parameter = operation.parameters.find(known => known.in === place && known.name === name);
        const faults = parameter ? this.document.faults(parameter.schema, value) : 'not documented';
        this.ledger.require(faults === '', `${where}: ${place} parameter ${name}: ${faults}`);
      }
    }
    if (!operation.body) {
      this.ledger.require(call.body === undefined, `${where}: a request body is not documented`);
      return;
    }
    const faults = this.bodyFaults(operation, call.body, call.type);
    this.ledger.require(faults === '', `${where}: the request does not fit its schema: ${faults}`);
  }

  bodyFaults(operation, body, type = 'application/json') {
    const pointer = `${operation.body.pointer}/content/${type.split(';')[0].replaceAll('/', '~1')}/schema`;
    return this.document.faults(pointer, body);
  }
}
