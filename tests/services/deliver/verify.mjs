#!/usr/bin/env node
// Verifies webhooks as Standard Webhooks 1.0 says, with Node's own HMAC and Ed25519 and nothing of ours.
//
//     verify.mjs < REQUESTS      one JSON object a line: {id, timestamp, signature, body (base64), secret, public_key}
//
// Of each, a v1 signature must be that of `secret` and a v1a signature that of `public_key`, where these are given. Prints how
// many lines have one that is not, and of how many.
import crypto from 'node:crypto';
import fs from 'node:fs';

function verifyV1({ secret }, content, signature) {
  const wanted = crypto.createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64')).update(content).digest();
  return signature.length === wanted.length && crypto.timingSafeEqual(signature, wanted);
}

function verifyV1a({ public_key: text }, content, signature) {
  const x = Buffer.from(text.slice('whpk_'.length), 'base64').toString('base64url');
  const key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  return crypto.verify(null, content, key, signature);
}

function fits(request) {
  const content = Buffer.concat([Buffer.from(`${request.id}.${request.timestamp}.`), Buffer.from(request.body, 'base64')]);
  const any = (scheme, verify) => request.signature.split(' ').some(each => each.startsWith(`${scheme},`) &&
    verify(request, content, Buffer.from(each.slice(scheme.length + 1), 'base64')));
  return (!request.secret || any('v1', verifyV1)) && (!request.public_key || any('v1a', verifyV1a));
}

const requests = fs.readFileSync(0, 'utf8').split('\n').filter(line => line !== '').map(line => JSON.parse(line));
console.log(`${requests.filter(request => !fits(request)).length} of ${requests.length}`);
