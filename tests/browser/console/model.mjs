// A model behind SageMaker's container contract, that is always of the same opinion.

import { createServer } from 'node:http';

export const OPINION = { label: 'cat', confidence: 0.82, probabilities: { cat: 0.82, cup: 0.11, flower: 0.05, rocket: 0.02 } };

export async function serveModel() {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(request.url === '/ping' ? '' : JSON.stringify(OPINION));
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
