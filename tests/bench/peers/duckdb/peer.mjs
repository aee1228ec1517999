// DuckDB behind the protocol of tests/bench/README.md: peer.mjs FOLDER-WITH-NODE_MODULES --data FOLDER
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import readline from "node:readline";

import { queryFor } from "./query.mjs";

const [modules, , folder] = process.argv.slice(2);
const { DuckDBInstance, DuckDBDataChunk, INTEGER, SMALLINT, TINYINT, BOOLEAN, version } = createRequire(
  path.join(path.resolve(modules), "package.json"))("@duckdb/node-api");
const ORDERS = 200;
const CHUNK = 2048;

const world = Object.fromEntries(fs.readFileSync(path.join(folder, "world.txt"), "utf8").trim().split("\n")
  .map((line) => line.split("\t")).map(([name, value]) => [name, Number(value)]));

function column(name, Kind) {
  const bytes = fs.readFileSync(path.join(folder, name));
  return new Kind(bytes.buffer, bytes.byteOffset, bytes.byteLength / Kind.BYTES_PER_ELEMENT);
}

/** Appends `count` rows; `fill(row)` gives the values of one. */
async function load(connection, table, types, count, fill) {
  const appender = await connection.createAppender(table);
  for (let first = 0; first < count; first += CHUNK) {
    const rows = [];
    for (let row = first; row < Math.min(count, first + CHUNK); row++) {
      rows.push(fill(row));
    }
    const chunk = DuckDBDataChunk.create(types, rows.length);
    chunk.setRows(rows);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function rowsByTown(towns) {
  const rows = Uint32Array.from({ length: world.size }, (_, i) => i);
  return rows.sort((a, b) => towns[a] - towns[b] || a - b);
}

async function loadCandidates(connection, candidates, towns) {
  const [travel, available] = [column("travel.u16", Uint16Array), column("available.i16", Int16Array)];
  const [work, hidden] = [column("work.u8", Uint8Array), column("hidden.u8", Uint8Array)];
  const screening = column("screening.i16", Int16Array);
  await connection.run("CREATE TABLE candidate (row INT, id INT, town INT, travel INT, available SMALLINT, work SMALLINT, in_play BOOL)");
  await load(connection, "candidate", [INTEGER, INTEGER, INTEGER, INTEGER, SMALLINT, SMALLINT, BOOLEAN], world.size, (row) => {
    const i = candidates[row];
    return [row, i, towns[i], travel[i], available[i], work[i], hidden[i] === 0 && screening[i] >= world.as_of];
  });
  const distances = column("distances.u16", Uint16Array);
  await connection.run("CREATE TABLE distance (origin INT, town INT, km INT)");
  await load(connection, "distance", [INTEGER, INTEGER, INTEGER], distances.length,
    (at) => [Math.floor(at / world.towns), at % world.towns, distances[at]]);
}

/** Sorted by code, then place: what an order asks for lies together. */
async function loadFacts(connection, candidates) {
  const [from, code] = [column("fact_from.u32", Uint32Array), column("fact_code.u16", Uint16Array)];
  const [level, used] = [column("fact_level.u8", Uint8Array), column("fact_used.i16", Int16Array)];
  const until = column("fact_until.i16", Int16Array);
  const next = new Uint32Array(world.codes + 1);
  code.forEach((one) => next[one + 1]++);
  for (let one = 0; one < world.codes; one++) {
    next[one + 1] += next[one];
  }
  const facts = new Uint32Array(code.length);
  const rows = new Uint32Array(code.length);
  candidates.forEach((i, row) => {
    for (let at = from[i]; at < from[i + 1]; at++) {
      rows[next[code[at]]] = row;
      facts[next[code[at]]++] = at;
    }
  });
  await connection.run("CREATE TABLE fact (code SMALLINT, row INT, level TINYINT, stale BOOL, until SMALLINT)");
  await load(connection, "fact", [SMALLINT, INTEGER, TINYINT, BOOLEAN, SMALLINT], code.length, (place) => {
    const at = facts[place];
    return [code[at], rows[place], level[at], used[at] < world.stale_before, until[at]];
  });
}

function readOrder(line) {
  const [className, number, town, radius, start, work, ...texts] = line.trim().split(" ");
  const parts = texts.map((text, index) => {
    const [code, must, minimum, share, ages, validOn] = text.split(":").map(Number);
    const isCertificate = code >= world.first_certificate && code < world.first_occupation;
    return { number: index, code, must: must === 1, minimum, share, ages: ages === 1, validOn, isCertificate };
  });
  const musts = parts.filter((part) => part.must);
  const nices = parts.filter((part) => !part.must);
  const sure = musts.reduce((sum, part) => sum + part.share, 0);
  return { className, number: Number(number), town, radius, start, work, musts, nices, sure };
}

async function prepareAll(connection) {
  const prepared = new Map();
  for (const line of fs.readFileSync(path.join(folder, "orders.txt"), "utf8").trim().split("\n")) {
    const order = readOrder(line);
    prepared.set(`${order.className} ${order.number}`, await connection.prepare(queryFor(order)));
  }
  return prepared;
}

async function ask(prepared, className, number) {
  return (await prepared.get(`${className} ${number}`).runAndReadAll()).getRows();
}

async function answers(prepared, className) {
  for (let number = 0; number < ORDERS; number++) {
    const rows = await ask(prepared, className, number);
    console.log([number, rows.length, ...rows.map((row) => row.map(Number).join(":"))].join(" "));
  }
}

async function time(prepared, className, milliseconds) {
  const spent = new Array(ORDERS).fill(0);
  const start = process.hrtime.bigint();
  let passes = 0;
  do {
    for (let number = 0; number < ORDERS; number++) {
      const before = process.hrtime.bigint();
      await ask(prepared, className, number);
      spent[number] += Number(process.hrtime.bigint() - before);
    }
    passes++;
  } while (process.hrtime.bigint() - start < BigInt(milliseconds) * 1000000n);
  console.log(spent.map((total) => total / passes).join(" "));
}

const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
const towns = column("town.u16", Uint16Array);
const candidates = rowsByTown(towns);
await loadCandidates(connection, candidates, towns);
await loadFacts(connection, candidates);
const prepared = await prepareAll(connection);
const [[bytes]] = (await connection.runAndReadAll("SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory()")).getRows();
console.log(`ready ${JSON.stringify({ bytes, version: version() })}`);
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [verb, className, milliseconds] = line.split(" ");
  if (verb === "answers") {
    await answers(prepared, className);
  } else if (verb === "time") {
    await time(prepared, className, Number(milliseconds));
  } else {
    console.error(`duckdb: unknown: ${line}`);
    process.exit(1);
  }
  console.log("done");
}
