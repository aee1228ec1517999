// EMNEBANK_SECRET=whsec_… PORT=8080 FOLDER=emnebank node receiver.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';

const key = Buffer.from(process.env.EMNEBANK_SECRET.replace('whsec_', ''), 'base64');
const folder = process.env.FOLDER ?? 'emnebank';
for (const name of ['seen', 'cv']) fs.mkdirSync(`${folder}/${name}`, { recursive: true, mode: 0o700 });

function genuine(id, stamp, signatures, body) {
  if (!/^msg_[\w-]{1,80}$/.test(id) || !/^\d{1,12}$/.test(stamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(stamp)) > 300) return false; // a copy from yesterday is no news
  const wanted = `v1,${createHmac('sha256', key).update(`${id}.${stamp}.`).update(body).digest('base64')}`; // the bytes as they came
  const same = each => each.length === wanted.length && timingSafeEqual(Buffer.from(each, 'latin1'), Buffer.from(wanted));
  return signatures.split(' ').some(same);
}

function handle(event) {
  if (!['cv.released', 'cv.recalled'].includes(event.type)) return; // new kinds come: leave what you do not know
  if (!/^[0-9a-f-]{36}$/.test(event.data.release_id)) throw new Error('release_id');
  const file = `${folder}/cv/${event.data.release_id}.json`;
  if (fs.existsSync(file) && event.version <= JSON.parse(fs.readFileSync(file, 'utf8')).version) return;
  fs.writeFileSync(`${file}.new`, JSON.stringify(event)); // a recall holds no CV: it takes the CV's place,
  fs.renameSync(`${file}.new`, file); //                     and its version keeps a late CV out
}

async function receive(request, response) {
  if (!(request.headers['content-length'] <= 262144)) return response.writeHead(413).end();
  const body = Buffer.concat(await request.toArray());
  const { 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': signatures = '' } = request.headers;
  if (!genuine(id, stamp, signatures, body)) return response.writeHead(401).end();
  const event = JSON.parse(body);
  if (event.type === 'endpoint.verify') return response.end(JSON.stringify({ challenge: event.data.challenge }));
  if (!fs.existsSync(`${folder}/seen/${id}`)) handle(event); // it may come twice
  fs.writeFileSync(`${folder}/seen/${id}`, ''); // last: what failed half-way is sent again
  response.writeHead(204).end();
}
const server = http.createServer((request, response) => receive(request, response).catch(() => response.writeHead(500).end()));
server.listen(process.env.PORT ?? 8080, '127.0.0.1');
