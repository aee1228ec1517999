// Suggestions: what people call it, and the codes that they mean; a word that the team has just added is found at once.
const ask = (q, change = {}) => ({ key: '0751', query: { q, ...change } });

export async function play(world) {
  await find(world);
  await refuse(world);
  await follow(world);
}

async function first(world, q, change) {
  const answer = await world.call('suggestCodes', { ...ask(q, change), expect: 200 });
  world.require(answer.json.q === q, `suggestCodes: ${q} comes back as ${answer.json.q}`);
  return answer.json.suggestions[0];
}

async function find(world) {
  for (const [q, code] of [['tømrersvend', '7115.1'], ['toemrersvend', '7115.1'], ['Stiladsarbejder', '7119.1'], ['jb-mand', '9312.98']]) {
    world.require((await first(world, q, { kind: 'occupation' }))?.code === code, `suggestCodes: ${q} is not ${code}`);
  }
  const few = await world.call('suggestCodes', { ...ask('beton', { limit: 3 }), expect: 200 });
  const scores = few.json.suggestions.map(suggestion => suggestion.score);
  world.require(scores.length === 3 && scores.every((score, i) => i === 0 || score <= scores[i - 1]), `suggestCodes: ${scores}`);
  const kinds = new Set((await world.call('suggestCodes', { ...ask('kran', { limit: 50, kind: 'certificate' }), expect: 200 })).json.suggestions
    .map(suggestion => suggestion.kind));
  world.require(kinds.size === 1 && kinds.has('certificate'), `suggestCodes: ${[...kinds]}`);
  world.require(await first(world, '日本語') === undefined, 'suggestCodes: nothing resembles that');
}

async function refuse(world) {
  for (const query of [{}, { q: '' }, { q: 'x'.repeat(301) }, { q: 'x', limit: 0 }, { q: 'x', limit: 51 }, { q: 'x', kind: 'postcode' }, { q: 'x', page: 2 }]) {
    await world.call('suggestCodes', { key: '0751', query, expect: 400, problem: 'query-invalid', note: JSON.stringify(query).slice(0, 40) });
  }
}

// A synonym counts from the moment that it is there, and no longer than that.
async function follow(world) {
  const word = { label: 'Kapning af rustne pæle', field: 'Jord', synonyms: ['snorkelgnavning'], relations: [] };
  await world.call('createCompetence', { key: 'team', body: { key: 'pile-gnawing', ...word }, expect: 201 });
  const found = await first(world, 'snorkelgnavning');
  world.require(found?.code === 'pile-gnawing' && found.matched === 'snorkelgnavning' && found.score > 900, 'suggestCodes: a new synonym is not found');
  await world.call('removeCompetence', { key: 'team', params: { code: 'pile-gnawing' }, match: '*', expect: 204 });
  world.require((await first(world, 'snorkelgnavning'))?.code !== 'pile-gnawing', 'suggestCodes: a removed word is found');
}

export const bases = () => ({ suggestCodes: ask('tømrer') });
