// Judges every answer by the document and writes down what was produced; at the end says what was not.

// Headers that mean something to a client: none of them may come undocumented.
const MEANINGFUL = ['etag', 'location', 'link', 'idempotency-replayed', 'retry-after', 'www-authenticate', 'allow'];
// Sent where it does not belong, and never to be seen in a problem (A3).
export const CANARY = 'KANARIEFUGL';

export class Ledger {
  constructor(document) {
    this.document = document;
    this.produced = new Map();
    this.problems = new Set();
    this.faults = [];
    this.validated = 0;
  }

  fault(text) {
    this.faults.push(text);
  }

  require(condition, text) {
    if (!condition) this.fault(text);
  }

  // `where` names the operation and the scenario.
  judge(operation, answer, where) {
    const response = operation.responses[answer.status];
    const key = `${operation.id} ${answer.status}`;
    this.produced.set(key, (this.produced.get(key) ?? 0) + 1);
    if (!response) {
      this.fault(`${where}: ${answer.status} is not documented: ${answer.raw.toString('utf8').slice(0, 300)}`);
      return;
    }
    this.judgeHeaders(response, answer, where);
    this.judgeBody(response, answer, where);
    if (answer.status >= 400 && answer.type !== 'text/html') this.judgeProblem(operation, response, answer, where);
    this.validated += 1;
  }

  judgeHeaders(response, answer, where) {
    const documented = Object.keys(response.node.headers ?? {});
    for (const name of documented) {
      const { node, pointer } = this.document.at(`${response.pointer}/headers/${name}`);
      const value = answer.headers[name.toLowerCase()];
      if (value === undefined) {
        this.require(!node.required, `${where}: header ${name} is missing`);
        continue;
      }
      const faults = this.document.faults(`${pointer}/schema`, value);
      this.require(faults === '', `${where}: header ${name}: ${value}: ${faults}`);
    }
    for (const name of MEANINGFUL) {
      this.require(answer.headers[name] === undefined || documented.some(known => known.toLowerCase() === name),
        `${where}: header ${name} is not documented for ${answer.status}`);
    }
    const version = answer.json?.version;
    if (answer.headers.etag && version !== undefined) {
      this.require(answer.headers.etag === `"v${version}"`, `${where}: ETag ${answer.headers.etag}, but version ${version}`);
    }
  }

  judgeBody(response, answer, where) {
    const content = response.node.content;
    if (!content) {
      this.require(answer.raw.length === 0, `${where}: ${answer.status} has a body`);
      return;
    }
    if (!content[answer.type]) {
      this.fault(`${where}: ${answer.status} as "${answer.type}", not as ${Object.keys(content).join(' or ')}`);
      return;
    }
    const type = answer.type.replaceAll('~', '~0').replaceAll('/', '~1');
    const faults = this.document.faults(`${response.pointer}/content/${type}/schema`, answer.json ?? answer.raw.toString('utf8'));
    this.require(faults === '', `${where}: ${answer.status} does not fit its schema: ${faults}`);
  }

  judgeProblem(operation, response, answer, where) {
    const text = answer.raw.toString('utf8');
    this.require(!text.includes(CANARY), `${where}: the problem repeats what was sent`);
    this.require(answer.json?.status === answer.status, `${where}: the problem says ${answer.json?.status}`);
    this.problems.add(`${response.component} ${answer.json?.type}`);
  }

  // Statuses, and types of problems per shared response, that are documented and never came.
  close() {
    for (const operation of this.document.operations) {
      for (const status of Object.keys(operation.responses)) {
        this.require(this.produced.has(`${operation.id} ${status}`), `${operation.id}: ${status} is documented and was never produced`);
      }
    }
    for (const [name, response] of Object.entries(this.document.tree.components.responses)) {
      const types = response.content?.['application/problem+json']?.schema.properties.type.enum ?? [];
      for (const type of types) {
        this.require(this.problems.has(`${name} ${type}`), `response ${name}: ${type} is documented and was never produced`);
      }
    }
  }

  statuses(operation) {
    return Object.keys(operation.responses).filter(status => this.produced.has(`${operation.id} ${status}`));
  }
}
