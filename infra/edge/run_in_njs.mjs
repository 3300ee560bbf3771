// Runs the table in njs, the engine that CloudFront's runtime is a relative of, and says where it
// decides otherwise than Node. Needs Debian's package njs.
//
//   node run_in_njs.mjs

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventOf, load, outcomeOf, readText, requestOf } from './runtime.mjs';

const source = readText('viewer_request.js');
const table = JSON.parse(readText('cases.json'));
const handler = load(source, table, { synchronous: true });

const cases = table.groups.flatMap((group) => group.cases.map(({ name, request }) => {
  const event = () => eventOf(requestOf(request, table.credentials));
  return { name: `${group.name}: ${name}`, event: event(), outcome: outcomeOf(handler(event())) };
}));

// The function with a store in front and a loop behind, in the language that njs has.
const script = `
import crypto from 'crypto';

const table = ${JSON.stringify({ now: table.now, secret: table.edge_secret, store: table.store, cases })};
const store = { get: (key) => {
  if (key === '.edge-secret') {
    return Promise.resolve(table.secret);
  }
  const known = Object.keys(table.store).includes(key);
  return known ? Promise.resolve(table.store[key]) : Promise.reject(new Error('KeyNotFound'));
} };
const cf = { kvs: () => store };
Date.now = () => table.now * 1000;

${source.replace(/^import .*$/gm, '')}

function outcomeOf(result) {
  if (result.statusCode !== undefined) {
    return ['refuse', result.statusCode, JSON.parse(result.body).code];
  }
  const proof = result.headers['x-darkroom-edge'];
  if (proof === undefined) {
    return ['pass'];
  }
  const target = result.querystring === '' ? result.uri : result.uri + '?' + result.querystring;
  const viewer = result.headers['x-darkroom-viewer'].value;
  return ['ask', viewer, target, result.headers.accept.value, proof.value];
}

async function main() {
  let differing = 0;
  for (let i = 0; i < table.cases.length; i += 1) {
    const one = table.cases[i];
    const result = await handler(one.event);
    const outcome = JSON.stringify(outcomeOf(result));
    if (outcome !== JSON.stringify(one.outcome)) {
      differing += 1;
      console.log('DIFFERS ' + one.name + ': ' + outcome);
    }
  }
  console.log(table.cases.length + ' cases in njs, ' + differing + ' differ');
}
main();
`;

const folder = mkdtempSync(join(tmpdir(), 'darkroom-njs-'));
try {
  const file = join(folder, 'function.js');
  writeFileSync(file, script);
  const { error, stdout, stderr } = spawnSync('njs', [file], { encoding: 'utf8' });
  if (error) {
    throw error;
  }
  console.log(stdout.trim(), stderr.trim());
  process.exitCode = stdout.includes(' 0 differ') ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
