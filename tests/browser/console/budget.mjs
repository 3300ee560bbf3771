// How much comes before somebody sees the gallery, and that Uppy and the zoom viewer are not in it.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';

import { open, until } from './desk.mjs';

const SCRIPT_BYTES_MAX = 150_000;
// Words of theirs that no minifier takes away.
const LATER = { OpenSeadragon: 'openseadragon-canvas', Uppy: 's3-multipart' };

export async function run({ browser, service }) {
  const desk = await open(browser, service);
  const { page } = desk;
  const scripts = [];
  page.on('response', (answer) => {
    if (answer.request().resourceType() === 'script') scripts.push(answer);
  });
  await page.reload();
  await until('pictures', () => page.locator('.tile').count());
  const bodies = await Promise.all(scripts.map((answer) => answer.body()));
  const sum = bodies.reduce((total, body) => total + gzipSync(body).length, 0);
  const early = Object.keys(LATER).filter((name) => bodies.some((body) => body.includes(LATER[name])));
  console.log(`budget: ${(sum / 1000).toFixed(1)} kB of script before the gallery`);
  assert.ok(scripts.length > 0 && sum <= SCRIPT_BYTES_MAX, `${sum} bytes of script, compressed; at most ${SCRIPT_BYTES_MAX}`);
  assert.deepEqual(early, [], 'what is for later comes at first');
  // Names with a hash may be kept forever, the page itself may not.
  assert.ok(scripts.every((answer) => /\/console\/assets\/[\w-]+-[\w-]{8}\.js$/.test(answer.url())), scripts.map((one) => one.url()).join());
  await desk.close();
}
