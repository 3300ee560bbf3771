// Runs every case of cases.json against viewer_request.js and says which fail.
//
//   node run_cases.mjs

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { credentials } from './make_credentials.mjs';
import { deployed, eventOf, load, outcomeOf, queryOf, readText, requestOf, valuesOf } from './runtime.mjs';
import { FORBIDDEN, objections } from './syntax.mjs';

const CASES_MIN = 150;
const BYTES_BELOW = 10_240;

const source = readText('viewer_request.js');
const bytes = Buffer.byteLength(deployed(source));
const table = JSON.parse(readText('cases.json'));
const cases = table.groups.flatMap((group) =>
  group.cases.map((one) => ({ ...one, name: `${group.name}: ${one.name}` })));

const reads = [];
const handler = load(source, table, { reads });
const synchronousHandler = load(source, table, { synchronous: true });

const failures = [];
for (const { name, request, expect } of cases) {
  await check(name, async () => {
    const filled = requestOf(request, table.credentials);
    reads.length = 0;
    const result = await handler(eventOf(filled));
    checkOutcome(result, expect, filled);
    assert.deepEqual(outcomeOf(synchronousHandler(eventOf(filled))), outcomeOf(result));
  });
}
await check('the table has cases enough, each with a name of its own', () => {
  assert.ok(cases.length >= CASES_MIN, `${cases.length} cases`);
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
});
await check('the credentials are what make_credentials.mjs makes', () =>
  assert.deepEqual(table.credentials, credentials(table)));
await check('the function is smaller than CloudFront allows', () =>
  assert.ok(bytes < BYTES_BELOW, `${bytes} bytes`));
await check('the function has only what the runtime documents', () =>
  assert.deepEqual(objections(source), []));
await check('what the runtime does not document is noticed', () => {
  FORBIDDEN.forEach(([name, , example]) => assert.ok(objections(example).includes(name), name));
  assert.deepEqual(objections("import fs from 'fs';\na.padLeft(b);"), ['the method padLeft', 'the module fs']);
});

failures.forEach(({ name, error }) => console.error(`FAILED ${name}\n${error.message}\n`));
console.log(`viewer_request.js (${bytes} bytes): ${cases.length} cases, ${failures.length} failures`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function check(name, body) {
  try {
    await body();
  } catch (error) {
    failures.push({ name, error });
  }
}

function checkOutcome(result, expect, request) {
  if (expect.refuse) {
    checkRefusal(result, expect.refuse);
  } else if (expect.pass) {
    checkPass(result, expect.pass, request);
  } else {
    checkAsk(result, expect.ask, request);
  }
}

function checkRefusal(result, { status, code }) {
  assert.deepEqual(outcomeOf(result), ['refuse', status, code]);
  const headers = Object.fromEntries(Object.entries(result.headers).map(([k, v]) => [k, v.value]));
  const document = JSON.parse(result.body);
  const members = ['type', 'title', 'status', 'code', 'detail', 'request_id'];
  assert.deepEqual(Object.keys(document), members);
  assert.equal(document.status, status);
  assert.equal(document.request_id, 'a-request-id');
  assert.deepEqual(headers, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(status === 401 && { 'www-authenticate': 'Bearer realm="darkroom"' }),
  });
}

// As it came, less what only the edge may say and what the origin has no use for.
function checkPass(result, { headers = [] }, request) {
  assert.deepEqual(outcomeOf(result), ['pass']);
  const came = eventOf(request).request;
  assert.equal(result.method, came.method);
  assert.equal(result.uri, came.uri);
  assert.equal(queryOf(result.querystring), queryOf(came.querystring));
  checkHeaders(result, request, [...headers, 'x-darkroom-edge', 'x-darkroom-viewer', 'cookie']);
}

function checkAsk(result, { viewer, uri, accept, proof }, request) {
  const expires = table.now + 60;
  const message = `${viewer}\n${expires}\n${uri}`;
  const mac = createHmac('sha256', table.edge_secret).update(message).digest('base64url');
  const expected = ['ask', viewer, uri, accept, proof ?? `${viewer}.${expires}.${mac}`];
  assert.deepEqual(outcomeOf(result), expected);
  assert.deepEqual(reads, [request.path.split('/')[1], '.edge-secret']);
  const own = ['accept', 'x-darkroom-edge', 'x-darkroom-viewer'];
  const { headers } = result;
  own.forEach((name) => assert.equal(valuesOf(headers[name]).length, 1, name));
  const others = Object.fromEntries(Object.entries(headers).filter(([k]) => !own.includes(k)));
  checkHeaders({ ...result, headers: others }, request, [...own, 'authorization', 'cookie']);
}

// Every header is there as it came, but for those that must be gone.
function checkHeaders(result, request, gone) {
  const came = Object.entries(eventOf(request).request.headers);
  const kept = came.filter(([name]) => !gone.includes(name));
  assert.deepEqual({ ...result.headers }, Object.fromEntries(kept));
  assert.deepEqual({ ...result.cookies }, {});
}
