// proto/openapi.yaml as the tests use it: its operations, and a validator for any schema in it (ajv, JSON Schema 2020-12).
import fs from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import YAML from 'yaml';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const ROOT = 'openapi';

const escape = part => part.replaceAll('~', '~0').replaceAll('/', '~1');

export class OpenApi {
  constructor(file) {
    this.tree = YAML.parse(fs.readFileSync(file, 'utf8'), { maxAliasCount: 0 });
    this.ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true, strictTypes: false, strictRequired: false });
    this.ajv.addVocabulary(['example', ...Object.keys(this.tree)]);
    addFormats(this.ajv);
    this.ajv.addSchema(this.tree, ROOT);
    this.compiled = new Map();
    this.operations = this.readOperations();
    this.byId = new Map(this.operations.map(operation => [operation.id, operation]));
  }

  // A node and the JSON Pointer where it stands, references followed.
  at(pointer) {
    let node = this.tree;
    for (const part of pointer.split('/').slice(1)) {
      node = node?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    if (node === undefined) throw new Error(`openapi.yaml has nothing at ${pointer}`);
    const only = node && typeof node === 'object' && Object.keys(node);
    return only && only.length === 1 && only[0] === '$ref' ? this.at(node.$ref.slice(1)) : { node, pointer };
  }

  // The validator for the schema at a JSON Pointer.
  validator(pointer) {
    if (!this.compiled.has(pointer)) {
      this.compiled.set(pointer, this.ajv.compile({ $ref: `${ROOT}#${encodeURI(pointer)}` }));
    }
    return this.compiled.get(pointer);
  }

  // What is wrong with a value, as a text; '' when nothing is.
  faults(pointer, value) {
    const validate = this.validator(pointer);
    return validate(value) ? '' : this.ajv.errorsText(validate.errors, { separator: '; ', dataVar: '' }) +
      ` ${JSON.stringify(validate.errors.map(error => error.params)).slice(0, 300)}`;
  }

  readOperations() {
    return Object.entries(this.tree.paths).flatMap(([route, item]) => METHODS.filter(method => item[method])
      .map(method => this.readOperation(route, item, method)));
  }

  readOperation(route, item, method) {
    const base = `/paths/${escape(route)}`;
    const operation = item[method];
    const list = (node, pointer) => (node ?? []).map((_, index) => this.at(`${pointer}/${index}`));
    const parameters = [...list(item.parameters, `${base}/parameters`),
      ...list(operation.parameters, `${base}/${method}/parameters`)]
      .map(({ node, pointer }) => ({ ...node, schema: `${pointer}/schema` }));
    const responses = Object.fromEntries(Object.keys(operation.responses).map(status => {
      const found = this.at(`${base}/${method}/responses/${status}`);
      return [status, { ...found, component: found.pointer.startsWith('/components/') ? found.pointer.split('/').pop() : '' }];
    }));
    return {
      id: operation.operationId, method: method.toUpperCase(), path: route, scope: operation['x-scope'],
      public: operation.security?.length === 0, admin: Boolean(item.servers), parameters, responses,
      body: operation.requestBody && this.at(`${base}/${method}/requestBody`),
    };
  }

  has(operation, name) {
    return operation.parameters.find(parameter => parameter.name === name);
  }

  // Every example in a media type, with the schema that it must fit.
  *examples() {
    const walk = function* (node, pointer) {
      if (!node || typeof node !== 'object') return;
      if (node.schema && node.example !== undefined) yield [`${pointer}/schema`, node.example];
      for (const [name, example] of Object.entries((node.schema && node.examples) ?? {})) {
        yield [`${pointer}/schema`, example.value, name];
      }
      for (const [name, child] of Object.entries(node)) yield* walk(child, `${pointer}/${escape(name)}`);
    };
    yield* walk({ paths: this.tree.paths, components: { ...this.tree.components, schemas: {} } }, '');
    for (const [name, schema] of Object.entries(this.tree.components.schemas)) {
      if (schema.example !== undefined) yield [`/components/schemas/${escape(name)}`, schema.example];
    }
  }
}

// "GET /v1/job-orders/{id}" and the scope of every route in the rooms' C tables.
export function routesOfRooms(root) {
  const routes = new Map();
  const files = ['services', 'common/rest'].flatMap(folder => fs.readdirSync(path.join(root, folder), { recursive: true })
    .filter(name => name.endsWith('.c')).map(name => path.join(root, folder, name)));
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8');
    for (const match of text.matchAll(/\{\s*(?:\.method = )?HTTP_([A-Z]+),\s*(?:\.pattern = )?"(\/[^"]*)",\s*(?:"([a-z:-]+)")?/g)) {
      routes.set(`${match[1]} ${match[2]}`, match[3]);
    }
  }
  return routes;
}
