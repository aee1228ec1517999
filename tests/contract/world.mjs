// The world that the operations are called in, built through the API alone: every call is judged by the document. Each part
// has a file of its own, and gives the good call ("base") of each of its operations. All people and companies are fictional.
import crypto from 'node:crypto';
import { spawn } from 'node:child_process';
import * as citizen from './citizen.mjs';
import { waitFor } from './client.mjs';
import * as cv from './cv.mjs';
import * as deliver from './deliver.mjs';
import * as employers from './employers.mjs';
import * as figures from './figures.mjs';
import * as forecast from './forecast.mjs';
import * as inbox from './inbox.mjs';
import * as leads from './leads.mjs';
import * as match from './match.mjs';
import * as orderIn from './order_in.mjs';
import * as orders from './orders.mjs';
import * as policy from './policy.mjs';
import * as pool from './pool.mjs';
import * as pull from './pull.mjs';
import * as shortlists from './shortlists.mjs';
import * as signing from './signing.mjs';
import * as suggest from './suggest.mjs';
import * as vocabulary from './vocabulary.mjs';

export class World {
  constructor({ document, ledger, caller, receiver, settings }) {
    Object.assign(this, { document, ledger, caller, receiver, settings });
  }

  call(id, call) {
    return this.caller.call(id, call);
  }

  require(condition, text) {
    this.ledger.require(condition, text);
  }

  async play() {
    await deliver.register(this);
    await pool.play(this);
    await vocabulary.play(this);
    await suggest.play(this);
    await policy.play(this);
    await leads.play(this);
    await inbox.play(this);
    await employers.play(this);
    await orders.play(this);
    await orderIn.play(this);
    await match.play(this);
    await shortlists.play(this);
    await figures.play(this);
    await forecast.play(this);
    await employers.after(this);
    await deliver.play(this);
    await signing.play(this);
    await this.changes();
    await pull.play(this);
    await this.english();
    await this.inProgress();
  }

  async bases() {
    const health = { readHealth: {}, readReadiness: {}, readMetrics: {}, readProblemType: { params: { slug: 'not-found' } } };
    return { ...health, ...pool.bases(this), ...vocabulary.bases(this), ...suggest.bases(this), ...leads.bases(this), ...inbox.bases(this), ...orders.bases(this), ...orderIn.bases(this), ...match.bases(this), ...await shortlists.bases(this), ...deliver.bases(this), ...cv.bases(this), ...signing.bases(this), ...policy.bases(), ...figures.bases(), ...forecast.bases(this), ...employers.bases(), ...citizen.bases(this), ...pull.bases() };
  }

  // All items, page by page; `next` and the Link header must lead to the same place.
  async walk(id, call) {
    const items = [];
    for (let cursor; ;) {
      const answer = await this.call(id, { ...call, query: { ...call.query, ...(cursor && { cursor }) }, expect: 200 });
      items.push(...answer.json.items);
      const link = /<([^>]*)>; rel="next"/.exec(answer.headers.link ?? '')?.[1];
      const next = answer.json.next;
      this.require((link && new URL(link, 'http://x').searchParams.get('cursor')) === (next ?? undefined), `${id}: Link and next differ`);
      if (!next || next === cursor || answer.json.items.length === 0) return items;
      cursor = next;
    }
  }

  // The feed: every kind of event that was sent stands in it too.
  async changes() {
    // Whatever transaction is open in the database, autovacuum's too, holds back what came after it.
    await waitFor('every kind of event in the feed', async () => {
      const kinds = new Set();
      for (const key of ['team', '0751', '0730', 'arbejdsgiver']) {
        for (const item of await this.walk('listChanges', { key, query: { limit: 7 } })) kinds.add(item.kind);
      }
      // The challenge stands in no feed: it is for the address alone.
      return Object.keys(this.document.tree.webhooks).every(kind => kinds.has(kind) || kind === 'endpoint.verify');
    });
  }

  async english() {
    const call = { params: { id: crypto.randomUUID() }, key: 'team', headers: { 'Accept-Language': 'en' }, expect: 404 };
    const english = await this.call('readJobOrder', call);
    const danish = await this.call('readJobOrder', { ...call, headers: {} });
    this.require(english.json.title === 'Not found' && english.headers['content-language'].includes('en'), 'no English title');
    this.require(danish.json.title !== english.json.title && danish.headers['content-language'] === 'da', 'no Danish title');
    const page = { params: { slug: 'not-found' }, headers: { Accept: 'application/json' }, expect: 200 };
    this.require((await this.call('readProblemType', page)).json.title_en === 'Not found', 'the type says another title');
  }

  // 409 while the first request with a key still runs: another session holds what that request would hold.
  async inProgress() {
    const held = {
      createJobOrder: { body: orders.order(), params: {} }, createEndpoint: { body: deliver.endpoint(this, 'team'), params: {} },
      createCompetence: { body: vocabulary.bases().createCompetence.body, params: {} },
      draftFromLead: { body: {}, params: { id: this.lead } }, releaseEntry: { body: { legal_basis: 'public_task' }, params: { id: this.entries['SAG-4'] } },
      answerEntries: { key: pool.HOME, body: { items: [{ id: this.entries['SAG-5'], answer: 'no' }] }, params: {} },
      postPanel: forecast.held,
      addCandidate: { key: pool.HOME, body: { candidate: 'SAG-14', reason: 'worked_there' }, params: { id: this.order } },
    };
    const key = crypto.randomUUID();
    const locks = Object.entries(held).map(([id, { key: caller = 'team', params }]) => {
      const actor = this.settings.keys[caller].split('_')[2];
      const path = this.document.byId.get(id).path.replace('{id}', params.id);
      return `SELECT pg_advisory_lock(hashtextextended(concat_ws(' ', '${actor}'::uuid, 'POST', '${path}', '${key}'), 0));`;
    });
    const session = await this.hold(locks.join('\n'));
    for (const [id, call] of Object.entries(held)) {
      await this.call(id, { key: 'team', ...call, headers: { 'Idempotency-Key': key }, expect: 409, problem: 'idempotency-in-progress' });
    }
    session.stdin.end();
  }

  hold(sql) {
    const [program, ...words] = this.settings.psql;
    const session = spawn(program, [...words, '-X', '-q', '-A', '-t'], { stdio: ['pipe', 'pipe', 'inherit'] });
    session.stdin.write(`${sql}\n\\echo held\n`);
    return new Promise((resolve, reject) => {
      session.on('error', reject);
      session.on('exit', code => reject(new Error(`psql ended: ${code}`)));
      session.stdout.on('data', data => data.includes('held') && resolve(session));
    });
  }
}
