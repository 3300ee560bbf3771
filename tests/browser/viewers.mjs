// Opens a photograph in OpenSeadragon and Mirador, as they are published, in headless Chromium: public; private with the
// session's cookie, from a page on the same host; private with a signed URL, from a page on another one.
//
//   node viewers.mjs DARKROOM PHOTOGRAPH FOLDER        (screenshots go into FOLDER)

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { fit, likeness } from './likeness.mjs';
import { answer, serve } from './pages.mjs';
import { start } from './service.mjs';

const SIZE = { width: 1000, height: 700 };
// Of 255, on average over a grid: smooth scaling differs by less, a tile that is missing or moved by more.
const DIFFERENCE_MAX = 6;
const TILES_MIN = 12;
const LOOKS_MAX = 20;

const [binary, photograph, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const data = mkdtempSync(join(tmpdir(), 'darkroom-viewers-'));
const service = await start(binary, data);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
// What the pages are about.
const shown = {};
const elsewhere = await serve(shown);
try {
  const { image, width, height } = await service.upload(readFileSync(photograph), 'public');
  const base = `${service.url}/demo/iiif/3/${image}`;
  const original = { width, height };
  const info = `${base}/info.json`;
  await look('public', elsewhere.url, { base, info, original });
  await service.patch(image, { visibility: 'private' });
  await refused(info);
  await look('cookie', `${service.url}/demo/viewer`, { base, info, original, cookie: service.cookie });
  const { iiif, sig } = await service.sign(image);
  // What a manifest names, and what anybody may write: the answer says where to go on.
  await look('signed', elsewhere.url, { base: iiif, info: `${info}?sig=${sig}`, original });
} finally {
  await browser.close();
  elsewhere.close();
  await service.stop();
  rmSync(data, { recursive: true });
}

// Nobody in particular sees nothing.
async function refused(info) {
  const answer = await fetch(info);
  assert.equal(answer.status, 401);
}

async function look(way, at, { cookie, ...asked }) {
  Object.assign(shown, asked);
  for (const viewer of ['openseadragon', 'mirador']) {
    await open(`${viewer}-${way}`, `${at}/${viewer}.html`, cookie);
  }
}

// The page in a browser of its own: whole, then from near.
async function open(name, url, cookie) {
  const { base, info, original } = shown;
  const context = await browser.newContext({ viewport: SIZE });
  if (cookie) {
    await context.addCookies([cookie]);
  }
  // A page on the same host, which Darkroom itself has none of.
  await context.route(`${service.url}/demo/viewer/*`, (route) =>
    route.fulfill(answer(new URL(route.request().url()), shown)));
  const page = await context.newPage();
  const answers = [];
  page.on('response', (response) => answers.push(response));
  await page.goto(`${url}?info=${encodeURIComponent(info)}`);
  const canvas = page.locator('.openseadragon-canvas').first();
  await settled(page, canvas);
  const frame = await canvas.boundingBox();
  const whole = await context.request.get(`${base}/full/!800,800/0/default.png`);
  assert.equal(whole.status(), 200);
  const look = async () => {
    const shot = await page.screenshot({ path: join(folder, `${name}.png`), clip: frame });
    return likeness(context, shot, fit(original, frame), await whole.body());
  };
  let difference = await look();
  // A busy machine draws later than the network is idle.
  for (let tries = 0; difference >= DIFFERENCE_MAX && tries < LOOKS_MAX; tries += 1) {
    await page.waitForTimeout(1000);
    difference = await look();
  }
  console.log(`${name}: the screen differs by ${difference.toFixed(1)} of 255`);
  const told = answers.map((answer) => `${answer.status()} ${answer.url()}`).join('\n');
  assert.ok(difference < DIFFERENCE_MAX, `${name}: the screen differs by ${difference} of 255\n${told}`);

  await page.mouse.move(frame.x + frame.width / 2, frame.y + frame.height / 2);
  for (let turns = 0; turns < 12; turns += 1) {
    await page.mouse.wheel(0, -300);
    await page.waitForTimeout(50);
  }
  await settled(page, canvas);
  await page.screenshot({ path: join(folder, `${name}-near.png`) });
  checkAnswers(name, base, answers);
  await context.close();
}

async function settled(page, canvas) {
  await canvas.waitFor();
  await page.waitForLoadState('networkidle');
  // Springs and fades.
  await page.waitForTimeout(2000);
  await page.waitForLoadState('networkidle');
}

function checkAnswers(name, base, answers) {
  const own = answers.filter((answer) => answer.url().startsWith(base));
  const tiles = own.filter((answer) => answer.url().endsWith('/default.jpg'));
  const refused = own.filter((answer) => answer.status() !== 200);
  assert.deepEqual(refused.map((answer) => `${answer.status()} ${answer.url()}`), [], name);
  assert.ok(tiles.length >= TILES_MIN, `${name}: ${tiles.length} tiles`);
  const full = tiles.filter((answer) => /\/\d+,\d+,512,512\/(512,512|512,|max)\//.test(answer.url()));
  assert.ok(full.length > 0, `${name}: none at full size`);
  console.log(`${name}: ${own.length} answers, ${full.length} tiles at full size`);
}
