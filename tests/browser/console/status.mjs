// The status page over the metrics of the service itself; over made-up ones, whose plots are known; and where there are none.

import assert from 'node:assert/strict';

import { goTo, open, until } from './desk.mjs';

export async function run({ browser, service }) {
  const desk = await open(browser, service);
  const { page } = desk;
  desk.expects(/404/);
  await goTo(page, '#/status');
  await until('two readings', async () => ((await line(page, 'Feed lag')) ?? '').includes('L'));
  await page.reload();
  await page.getByRole('heading', { name: 'Status' }).waitFor();
  await known(page);
  await elsewhere(page);
  await desk.close();
}

const line = (page, title) => page.getByRole('region', { name: title, exact: true }).locator('.live-line').first().getAttribute('d');

async function known(page) {
  let readings = 0;
  await page.route(/\/metrics$/, (route) => {
    readings += 1;
    return route.fulfill({ contentType: 'text/plain', body: metrics(readings) });
  });
  await page.reload();
  const value = (title) => page.getByRole('region', { name: title, exact: true }).locator('strong');
  await until('a ratio', async () => (await value('Hit ratio of the edge').textContent()) === '75.0 %');
  // Half of the answers take at most 10 ms, all of them 100.
  assert.deepEqual(await value('Delivery').allTextContents(), ['10 ms', '98 ms']);
  assert.deepEqual(await value('Outbox age').allTextContents(), ['7.0 s']);
  assert.deepEqual(await value('Feed lag').allTextContents(), ['12']);
}

function metrics(reading) {
  const buckets = (route, base) => [['0.01', 1], ['0.1', 2], ['+Inf', 2]]
    .map(([le, share]) => `darkroom_http_seconds_bucket{route="${route}",le="${le}"} ${base * reading * share}`);
  return [
    '# TYPE darkroom_edge_answers_total counter',
    `darkroom_edge_answers_total{outcome="hit"} ${300 * reading}`,
    `darkroom_edge_answers_total{outcome="miss"} ${100 * reading}`,
    `darkroom_edge_answers_total{outcome="refused"} ${5000 * reading}`,
    ...buckets('delivery', 50),
    ...buckets('api', 20),
    'darkroom_outbox_entries 3',
    'darkroom_outbox_oldest_seconds 7',
    'darkroom_feed_lag_messages{partition="0"} 4',
    'darkroom_feed_lag_messages{partition="1"} 8',
  ].join('\n');
}

async function elsewhere(page) {
  await page.unrouteAll();
  await page.route(/\/metrics$/, (route) => route.fulfill({ status: 404, body: '' }));
  await page.reload();
  await page.getByRole('heading', { name: 'The metrics are in CloudWatch' }).waitFor();
}
