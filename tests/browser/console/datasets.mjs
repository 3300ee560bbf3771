// A dataset's pages over a snapshot that Darkroom built: what it holds, what was left out, how models learnt; and the
// code that they copy, run as it is.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { goTo, open, until } from './desk.mjs';

const PYTHON = new URL('../../../.venv/bin/python', import.meta.url).pathname;
// Trained in no time: what a plot has to show.
export const MODELS = [
  ['pets-3-20261120-080000', 3, '2026-11-20T08:00:00Z', 0.97, 0.9, 0.88],
  ['pets-2-20261112-080000', 2, '2026-11-12T08:00:00Z', 0.95, 0.82, 0.79],
  ['pets-1-20261103-080000', 1, '2026-11-03T08:00:00Z', 0.93, 0.68, 0.64],
].map(([name, snapshot, trained_at, train, validation, test]) => ({ name, snapshot, trained_at, accuracy: { train, validation, test } }));

export async function withModels(page) {
  await page.route(/\/v1\/datasets\/[^/]+\/models$/, (route) => route.fulfill({ json: { models: MODELS } }));
}

export async function run({ browser, service, darkroom, folder }) {
  const desk = await open(browser, service);
  const { page } = desk;
  await withModels(page);
  await goTo(page, '#/datasets');
  await page.getByRole('link', { name: 'pets' }).click();
  await plotted(page);
  await paged(page);
  await page.getByRole('link', { name: 'pets/1' }).click();
  const { splits } = await shown(page, service);
  await executed(page, splits.train.images, darkroom, join(folder, 'snippets'));
  await built(page, service);
  await withoutModels(desk);
  await desk.close();
}

async function plotted(page) {
  await page.getByRole('img', { name: 'Accuracy on the test split, from 64.0 % on snapshot 1 to 88.0 % on snapshot 3' }).waitFor();
  assert.equal(await page.locator('.series-test circle').count(), 3);
  const heights = await page.locator('.series-test circle').evaluateAll((all) => all.map((one) => Number(one.getAttribute('cy'))));
  assert.ok(heights[0] > heights[1] && heights[1] > heights[2], 'it gets better');
  await page.getByRole('row', { name: /pets-2-20261112-080000 2 .* 79.0 %/ }).waitFor();
}

// More snapshots than one answer has: the page asks for the rest.
async function paged(page) {
  const address = /\/v1\/datasets\/pets\/snapshots\?/;
  const made = (snapshot) => ({
    snapshot, published_at: '2026-11-20T08:00:00Z', classes: ['cat'], images: { train: 1, validation: 0, test: 0 }, left_out: {}, replaces: null,
  });
  await page.route(address, (route) => {
    const before = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 151);
    const numbers = Array.from({ length: Math.min(100, before - 1) }, (_, at) => before - 1 - at);
    const last = numbers.at(-1);
    return route.fulfill({ json: { snapshots: numbers.map(made), next_cursor: last > 1 ? last : null } });
  });
  await page.reload();
  await page.getByRole('heading', { name: '150 snapshots' }).waitFor();
  await page.unroute(address);
  await page.reload();
}

async function shown(page, service) {
  const snapshot = await service.call('GET', '/v1/datasets/pets/snapshots/1');
  const { splits, classes, statistics, left_out: leftOut } = snapshot;
  for (const name of classes) {
    await page.getByRole('row', { name: new RegExp(`^${name} .*${statistics.by_class[name]}$`) }).waitFor();
  }
  for (const [split, { images }] of Object.entries(splits)) {
    await page.getByRole('row', { name: new RegExp(`^${split} ${images} `) }).first().waitFor();
  }
  const sheet = page.getByRole('img', { name: 'Some images of each class of pets/1' });
  await until('the contact sheet', () => sheet.evaluate((image) => image.naturalWidth > 100));
  await page.getByText('Its owner did not agree to training').waitFor();
  await page.getByRole('button', { name: 'Show which' }).click();
  const rows = page.getByRole('region', { name: 'Images that were left out' }).getByRole('row');
  await until('a line for each', async () => (await rows.count()) === leftOut.no_consent + 1);
  await page.getByRole('region', { name: 'How far the feed was read' }).waitFor();
  await page.getByText('pets-1-20261103-080000, 64.0 % on the test split').waitFor();
  return snapshot;
}

// Each as somebody would: copied, put into a file, run with the rights that the page names.
async function executed(page, images, darkroom, folder) {
  const told = {};
  for (const [id, title] of [['webdataset', 'webdataset'], ['datasets', 'datasets'], ['duckdb', 'DuckDB'], ['sagemaker', 'SageMaker']]) {
    await page.getByRole('tab', { name: title }).click();
    await page.getByRole('button', { name: `Copy ${title}` }).click();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    const place = join(folder, id);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'snippet.py'), code);
    const rights = darkroom.environment(id === 'sagemaker' ? [] : ['--role', 'data-scientist']);
    const env = { ...process.env, ...rights, DARKROOM: resolve(darkroom.binary), DARKROOM_DATA: darkroom.data, HF_HOME: join(place, 'cache'), HF_HUB_OFFLINE: '1' };
    told[id] = execFileSync(PYTHON, ['snippet.py'], { cwd: place, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    console.log(`datasets: the code for ${title} runs`);
  }
  assert.equal(told.webdataset.trim().split('\n').length, images, told.webdataset);
  assert.match(told.datasets, new RegExp(`train: Dataset\\(\\{[^}]*num_rows: ${images}\\s`), told.datasets);
  assert.match(told.duckdb, /train +│ +0 │/, told.duckdb);
  assert.match(told.duckdb, /shards\/(train|validation|test)-\w+\.tar \d+/);
  assert.match(told.sagemaker, /^pets-1-\d{8}-\d{6} InProgress$/m, told.sagemaker);
  assert.match(told.sagemaker, /^train ManifestFile s3:\/\/.*\/train\.manifest$/m);
}

async function built(page, service) {
  const { images } = await service.call('GET', '/v1/images?limit=1');
  await service.patch(images[0].id, { labels: ['changed'], consent: 'training' });
  await goTo(page, '#/datasets/pets');
  await page.getByRole('button', { name: 'Build the next snapshot' }).click();
  await page.getByRole('heading', { name: 'pets/2' }).waitFor({ timeout: 90_000 });
  await page.getByRole('row', { name: /^changed / }).waitFor();
}

// A service that does not tell of models has a page without a plot.
async function withoutModels({ page, expects }) {
  expects(/404/);
  await page.unrouteAll();
  await page.route(/\/v1\/datasets\/[^/]+\/models$/, (route) => route.fulfill({ status: 404, json: { code: 'route_not_found', detail: 'nothing is here' } }));
  await goTo(page, '#/datasets/pets');
  await page.getByText(/No model was trained on it yet\./).waitFor();
}
