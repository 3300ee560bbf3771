// Decides lines as fast as it can, for comparison with another edge.
//
//   node decide.mjs < lines
//
// A line is [path, query|null, accept|null, cookie|null, authorization|null], a GET at cases.json's
// time with its store. Its answer is ["ask", viewer, uri, accept, proof], ["pass"] or
// ["refuse", status, code], one line of JSON each, in the same order.

import { once } from 'node:events';

import { eventOf, load, outcomeOf, readText } from './runtime.mjs';

const HEADERS = ['accept', 'cookie', 'authorization'];

// Many lines have errors, and nobody reads where they were thrown.
Error.stackTraceLimit = 0;

const table = JSON.parse(readText('cases.json'));
const handler = load(readText('viewer_request.js'), table, { synchronous: true });

function decide(line) {
  const [path, query, ...values] = JSON.parse(line);
  const headers = HEADERS.map((name, at) => [name, values[at]]).filter(([, value]) => value !== null);
  return JSON.stringify(outcomeOf(handler(eventOf({ method: 'GET', path, query, headers }))));
}

async function write(lines) {
  if (lines.length > 0 && !process.stdout.write(`${lines.map(decide).join('\n')}\n`)) {
    await once(process.stdout, 'drain');
  }
}

let rest = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  await write(lines);
}
await write(rest === '' ? [] : [rest]);
