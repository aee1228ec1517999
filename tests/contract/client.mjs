// HTTP as the tests need it: any header, any bytes, also a head whose body never comes.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

// {status, headers, raw, json}. `announce`: a Content-Length without the body behind it.
export function send({ address, method, path, headers = {}, body, announce }) {
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    const own = announce === undefined ? agent : new http.Agent();
    const request = http.request({ host, port, method, path, headers: { ...headers }, agent: own, signal: AbortSignal.timeout(120000) });
    request.on('error', reject);
    request.on('response', response => {
      const chunks = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (announce !== undefined) request.destroy();
        resolve(read(response, Buffer.concat(chunks)));
      });
    });
    if (announce !== undefined) {
      request.setHeader('Content-Length', announce);
      request.flushHeaders();
    } else {
      if (body !== undefined) request.setHeader('Content-Length', Buffer.byteLength(body));
      request.end(body);
    }
  });
}

function read(response, raw) {
  const answer = { status: response.statusCode, headers: response.headers, raw, type: '', json: undefined };
  answer.type = (response.headers['content-type'] ?? '').split(';')[0];
  if (answer.type.endsWith('json') && raw.length > 0) answer.json = JSON.parse(raw.toString('utf8'));
  return answer;
}

// The first true answer of `question`, asked again until it comes.
export async function waitFor(what, question, seconds = 120) {
  const giveUp = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (performance.now() > giveUp) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise(setImmediate);
  }
}

export function close() {
  agent.destroy();
}
