// A model behind SageMaker's container contract, that is of the opinion it is told to have.

import { createServer } from 'node:http';

const CLASSES = ['cat', 'cup', 'flower', 'rocket'];
const SURE = 0.82;

let opinion = {};

export function say(label) {
  const others = CLASSES.filter((one) => one !== label);
  const rest = [0.11, 0.05, 0.02];
  const probabilities = Object.fromEntries([[label, SURE], ...others.map((one, at) => [one, rest[at]])]);
  opinion = { label, confidence: SURE, probabilities };
}

export async function serveModel() {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(request.url === '/ping' ? '' : JSON.stringify(opinion));
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
