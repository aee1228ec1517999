// Does the daemon take the bodies that the document takes, and no others? Every member of a good body, at any depth, is left
// out and given other values: of every type, at its limits and just beyond, each word of its list. The schema says which of
// these are good. An unknown member goes along, so that none of them has an effect.
import { CANARY } from './ledger.mjs';

const AT_ONCE = 8;
const ABSENT = Symbol('absent');
const WRONG_TYPES = [null, true, 7.5, '', CANARY, [CANARY], { unknown_member: CANARY }, ABSENT];
// What only the database can see is not the schema's to know.
const UNSEEN = ['UNKNOWN', 'TAKEN'];

export class Bodies {
  constructor({ document, ledger, caller }) {
    Object.assign(this, { document, ledger, caller, probed: 0, lists: 0 });
  }

  async compare(operation, base) {
    const pointer = `${operation.body.pointer}/content/application~1json/schema`;
    const probes = [base.body, ...(base.others ?? [])].flatMap(body => this.probes(this.schema(pointer, body), body, []).map(probe => ({ ...probe, body })));
    for (let at = 0; at < probes.length; at += AT_ONCE) {
      await Promise.all(probes.slice(at, at + AT_ONCE).map(probe => this.probe(operation, base, probe)));
    }
    this.probed += probes.length;
  }

  // The schema that a value is under: references followed, the alternative that it fits taken.
  schema(pointer, value) {
    const found = this.document.at(pointer);
    const node = found.node.$ref ? { ...this.document.at(found.node.$ref.slice(1)).node, ...found.node } : found.node;
    const place = found.node.$ref ? this.document.at(found.node.$ref.slice(1)).pointer : found.pointer;
    const fits = (node.oneOf ?? []).findIndex((_, index) => this.document.faults(`${place}/oneOf/${index}`, value) === '');
    return fits < 0 ? { node, place } : this.schema(`${place}/oneOf/${fits}`, value);
  }

  // [{path, value, known}] for every member below; `known` when the good body has it.
  probes({ node, place }, body, path) {
    if (Array.isArray(body)) {
      return body.length === 0 ? [] : this.member(`${place}/items`, body[0], [...path, 0], true);
    }
    return Object.keys(node.properties ?? {}).flatMap(name =>
      this.member(`${place}/properties/${name}`, body[name], [...path, name], Object.hasOwn(body, name)));
  }

  member(pointer, value, path, known) {
    const under = this.schema(pointer, value);
    const absent = typeof path.at(-1) === 'number' ? WRONG_TYPES.filter(each => each !== ABSENT) : WRONG_TYPES;
    const own = [...absent, ...limits(under.node)].map(each => ({ path, value: each, known, words: under.node.enum }));
    return value !== null && typeof value === 'object' ? [...own, ...this.probes(under, value, path)] : own;
  }

  async probe(operation, base, { path, value, known, words, body }) {
    const spoilt = change(body, path, value);
    const where = `${operation.id}: /${path.join('/')} as ${value === ABSENT ? 'absent' : JSON.stringify(value).slice(0, 40)}`;
    const good = this.caller.bodyFaults(operation, spoilt) === '';
    const answer = await this.caller.attempt(operation.id, { ...base, body: { ...spoilt, unknown_member: 1 }, note: where });
    if (answer.status !== 422) {
      this.ledger.fault(`${where}: ${answer.status}, not 422`);
      return;
    }
    const complaints = answer.json.errors.filter(error => error.pointer !== '/unknown_member');
    this.compareWords(words, complaints, path, where);
    const here = complaints.filter(error => !UNSEEN.includes(error.code) && `${error.pointer}/`.startsWith(`/${path.join('/')}/`));
    if (good && (known || value === null || value === ABSENT)) {
      this.ledger.require(here.length === 0, `${where}: the schema takes it, the daemon says ${here[0]?.code}`);
    } else if (!good) {
      this.ledger.require(complaints.length > 0, `${where}: the schema refuses it, the daemon does not`);
    }
  }

  // "Skal være filled, employer_withdrew eller other." names all that the daemon takes: the document's words, and no others.
  compareWords(words, complaints, path, where) {
    const choice = complaints.find(error => error.code === 'CHOICE' && error.pointer === `/${path.join('/')}`);
    const named = choice && /^Skal være ([a-z_]+(?:(?:, | eller )[a-z_]+)*)\.$/.exec(choice.detail)?.[1].split(/, | eller /);
    if (!named || !words) return;
    this.lists += 1;
    this.ledger.require([...named].sort().join() === [...words].sort().join(), `${where}: the daemon takes ${named.join()}, the schema ${words.join()}`);
  }
}

// Values at the edges of what a schema allows.
function* limits(node) {
  for (const word of node.enum ?? []) yield word;
  if (node.const !== undefined) yield node.const;
  if (node.minimum !== undefined) yield* [node.minimum - 1, node.minimum];
  if (node.maximum !== undefined) yield* [node.maximum, node.maximum + 1];
  if (node.maxLength !== undefined) yield* ['a'.repeat(node.maxLength), 'a'.repeat(node.maxLength + 1)];
  if (node.minItems !== undefined) yield [];
  if (node.maxItems !== undefined) yield Array(node.maxItems + 1).fill(CANARY);
}

// A copy with the value at the path; a list on the way keeps the changed item alone.
function change(body, path, value) {
  const [first, ...rest] = path;
  if (Array.isArray(body)) return [rest.length === 0 ? value : change(body[0], rest, value)];
  const { [first]: old, ...others } = body;
  if (rest.length > 0) return { ...others, [first]: change(old, rest, value) };
  return value === ABSENT ? others : { ...others, [first]: value };
}
