// The JSON Schemas of events for those who receive them: one document per kind, and the envelope, each standing alone,
// bundled from proto/openapi.yaml. proto/events/ has them as the daemon serves them; the contract test holds the two equal.
//
//   node events.mjs ROOT --write           writes proto/events/
//   node events.mjs ROOT FILE...           validates payloads, one JSON text per line, against their kinds' schemas
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { OpenApi } from './document.mjs';

const SHARED = '#/components/schemas/';
export const ENVELOPE = 'envelope';

// As JSON Schema has it: references to $defs, `examples` for OpenAPI's `example`. Notes what is referred to.
function rewrite(node, used) {
  if (Array.isArray(node)) return node.map(each => rewrite(each, used));
  if (!node || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).map(([name, value]) => {
    if (name === '$ref' && typeof value === 'string') {
      used.add(value.slice(SHARED.length));
      return [name, value.replace(SHARED, '#/$defs/')];
    }
    return name === 'example' ? ['examples', [value]] : [name, rewrite(value, used)];
  }));
}

function bundle(tree, kind, name, description) {
  const used = new Set();
  const root = rewrite(tree.components.schemas[name], used);
  const $defs = {};
  for (const shared of used) $defs[shared] = rewrite(tree.components.schemas[shared], used);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema', $id: `urn:emnebank:event:${kind}`, title: kind,
    ...(description && { description }), ...root, ...(used.size > 0 && { $defs }),
  };
}

// kind → its schema, of every webhook; and the envelope's.
export function schemas(tree) {
  const made = new Map([[ENVELOPE, bundle(tree, ENVELOPE, 'Event')]]);
  for (const [kind, { post }] of Object.entries(tree.webhooks)) {
    const name = post.requestBody.content['application/json'].schema.$ref.slice(SHARED.length);
    made.set(kind, bundle(tree, kind, name, post.summary));
  }
  return made;
}

const file = (root, kind) => path.join(root, 'proto/events', `${kind}.json`);
const text = schema => `${JSON.stringify(schema, null, 1)}\n`;

export function write(root, tree) {
  fs.rmSync(path.join(root, 'proto/events'), { recursive: true, force: true });
  fs.mkdirSync(path.join(root, 'proto/events'));
  for (const [kind, schema] of schemas(tree)) fs.writeFileSync(file(root, kind), text(schema));
}

// What proto/events lacks, has too much, or has otherwise than openapi.yaml.
export function differences(root, tree) {
  const wanted = schemas(tree);
  const faults = fs.readdirSync(path.join(root, 'proto/events')).map(name => name.replace(/\.json$/, ''))
    .filter(kind => !wanted.has(kind)).map(kind => `${kind}.json is of no webhook`);
  for (const [kind, schema] of wanted) {
    const found = fs.existsSync(file(root, kind)) ? fs.readFileSync(file(root, kind), 'utf8') : '';
    if (found !== text(schema)) faults.push(`${kind}.json is not as openapi.yaml has it; run events.py --write`);
  }
  return faults;
}

// Validates events as a receiver would: by the committed files alone, in ajv's strict mode.
export class Schemas {
  constructor(root) {
    const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTypes: false });
    addFormats(ajv);
    this.errorsText = errors => ajv.errorsText(errors, { separator: '; ', dataVar: '' });
    this.compiled = new Map(fs.readdirSync(path.join(root, 'proto/events'))
      .map(name => JSON.parse(fs.readFileSync(path.join(root, 'proto/events', name), 'utf8')))
      .map(schema => [schema.title, ajv.compile(schema)]));
  }

  // What is wrong with an event, as a text; '' when nothing is.
  faults(event) {
    for (const kind of [ENVELOPE, event?.type]) {
      const validate = this.compiled.get(kind);
      if (!validate) return `there is no schema of ${JSON.stringify(kind)}`;
      if (!validate(event)) return this.errorsText(validate.errors);
    }
    return '';
  }

  // The schemas' own examples, and that a member too much is found in each, at any depth that is closed.
  selftest() {
    const faults = [];
    for (const [kind, { schema }] of this.compiled) {
      const example = schema.examples?.[0];
      if (!example) {
        if (kind !== ENVELOPE) faults.push(`${kind} has no example`);
        continue;
      }
      const wrong = this.faults(example);
      if (wrong !== '') faults.push(`the example of ${kind}: ${wrong}`);
      const spoilt = [{ ...example, canary: 1 }, { ...example, data: { ...example.data, canary: 1 } }, { ...example, type: `${kind}.x` }];
      if (spoilt.some(event => this.faults(event) === '')) faults.push(`${kind} takes what it does not name`);
    }
    return faults;
  }
}

function validate(root, files) {
  const known = new Schemas(root);
  const faults = known.selftest();
  const counts = {};
  for (const name of files) {
    for (const [at, line] of fs.readFileSync(name, 'utf8').split('\n').entries()) {
      if (line === '') continue;
      const event = JSON.parse(line);
      const wrong = known.faults(event);
      counts[event.type] = (counts[event.type] ?? 0) + 1;
      if (wrong !== '') faults.push(`${path.basename(name)}:${at + 1}: ${event.type}: ${wrong}`);
    }
  }
  console.log(Object.entries(counts).map(([kind, count]) => `${kind} ${count}`).join(', ') || 'no payloads');
  return faults;
}

function main([root, ...rest]) {
  const { tree } = new OpenApi(path.join(root, 'proto/openapi.yaml'));
  if (rest[0] === '--write') write(root, tree);
  const faults = rest[0] === '--write' ? [] : [...differences(root, tree), ...validate(root, rest)];
  for (const fault of faults) console.log(`FAULT ${fault}`);
  return faults.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main(process.argv.slice(2));
