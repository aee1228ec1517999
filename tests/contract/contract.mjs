// The contract test: `node contract.mjs settings.json`, where run.py has written what runs where. Plays the world of
// world.mjs, spoils one good call of each operation in every way that the document names, stops PostgreSQL for the 503s, and
// fails on an answer that is not documented, on one that does not fit, and on what is documented and never came.
import fs from 'node:fs';
import path from 'node:path';
import { Caller } from './caller.mjs';
import { close, waitFor } from './client.mjs';
import { OpenApi, routesOfRooms } from './document.mjs';
import { Schemas, differences } from './events.mjs';
import { runGeneric, runRefusals, runWithoutDatabase } from './generic.mjs';
import { Ledger } from './ledger.mjs';
import { Receiver } from './receiver.mjs';
import { World } from './world.mjs';

const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const document = new OpenApi(path.join(settings.root, 'proto/openapi.yaml'));
const ledger = new Ledger(document);
const caller = new Caller(document, ledger, settings);
const schemas = new Schemas(settings.root);
const receiver = new Receiver(document, schemas, ledger);
const tools = { document, ledger, caller, receiver, settings };

function compareRoutes() {
  const routes = routesOfRooms(settings.root);
  const documented = new Map(document.operations.map(operation => [`${operation.method} ${operation.path}`, operation.scope]));
  for (const [route, scope] of routes) {
    ledger.require(documented.has(route), `${route} is a route of a room and is not documented`);
    ledger.require(documented.get(route) === scope, `${route}: the room asks for ${scope}, the document for ${documented.get(route)}`);
  }
  for (const route of documented.keys()) ledger.require(routes.has(route), `${route} is documented and no room has it`);
}

function compareEvents() {
  for (const fault of [...differences(settings.root, document.tree), ...schemas.selftest()]) ledger.fault(`proto/events: ${fault}`);
}

function compareExamples() {
  let count = 0;
  for (const [pointer, example, name] of document.examples()) {
    const faults = document.faults(pointer, example);
    ledger.require(faults === '', `example${name ? ` ${name}` : ''} at ${pointer}: ${faults}`);
    count += 1;
  }
  return count;
}

// It is run.py's child: once ended it stays a zombie until that looks.
function hasEnded(pid) {
  try {
    return /\) Z /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

async function stopPostgres() {
  process.kill(settings.postgres, 'SIGINT');
  await waitFor('PostgreSQL to end', () => hasEnded(settings.postgres));
}

function report({ refusals, examples, bodies }) {
  let statuses = 0;
  for (const operation of document.operations) {
    const produced = ledger.statuses(operation);
    statuses += produced.length;
    console.log(`${operation.method.padEnd(6)} ${operation.path.padEnd(58)} ${produced.join(' ')}`);
  }
  for (const fault of ledger.faults) console.log(`FAULT ${fault}`);
  console.log(`\noperations ${document.operations.length}, statuses ${statuses}, answers validated ${ledger.validated}, ` +
    `webhooks verified ${receiver.verified}, bodies compared ${bodies}, refusals ${refusals}, ` +
    `examples ${examples}, faults ${ledger.faults.length}`);
}

const counts = { refusals: 0, examples: 0, bodies: 0 };
try {
  compareRoutes();
  compareEvents();
  counts.examples = compareExamples();
  await receiver.start();
  const world = new World(tools);
  await world.play();
  ledger.require(receiver.missing().length === 0, `webhooks that never came: ${receiver.missing().join(', ')}`);
  const bases = await world.bases();
  counts.bodies = await runGeneric(tools, bases);
  counts.refusals = await runRefusals(tools);
  await stopPostgres();
  await runWithoutDatabase(tools, bases);
  ledger.close();
} catch (error) {
  ledger.fault(`stopped: ${error.stack}`);
} finally {
  receiver.stop();
  close();
}
report(counts);
process.exitCode = ledger.faults.length === 0 ? 0 : 1;
