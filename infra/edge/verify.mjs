// Decides requests by a store that is given: with credentials that others have signed.
//
//   node verify.mjs < input > decisions
//
// The input is {store, edge_secret, now, requests}: the first three as in cases.json, the requests as
// `eventOf` takes them. The decisions are one array, in the same order.

import { eventOf, load, outcomeOf, readText } from './runtime.mjs';

let input = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) {
  input += chunk;
}
const { requests, ...table } = JSON.parse(input);
const handler = load(readText('viewer_request.js'), table);
const decisions = await Promise.all(requests.map(async (request) =>
  outcomeOf(await handler(eventOf(request)))));
console.log(JSON.stringify(decisions));
