// Uploads by Uppy's @uppy/aws-s3, as it is published, in headless Chromium, from a page on the same host: at once and in
// parts; paused and resumed, given up, through a cut of the network, two at a time.
//
//   node uppy.mjs DARKROOM PHOTOGRAPH

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';
import { chromium } from 'playwright-core';

import { bitmap } from './bitmap.mjs';
import { start } from './service.mjs';

const MIB = 1024 * 1024;
// So slow that there is time for something to happen between two parts.
const BYTES_A_SECOND = 5 * MIB;
const PAGE = readFileSync(new URL('uppy_page.mjs', import.meta.url), 'utf8');

const [binary, photograph] = process.argv.slice(2);
const data = mkdtempSync(join(tmpdir(), 'darkroom-uppy-'));
const service = await start(binary, data);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const script = await bundle();
try {
  const small = { name: 'photograph.jpg', type: 'image/jpeg', bytes: readFileSync(photograph) };
  const [first, second, third, fourth] = [1, 2, 3, 4].map(large);
  await scenario('at once', [small], async ({ uploaded, asked }) => {
    await uploaded();
    assert.equal(asked('PUT').length, 1);
    assert.equal(asked('POST').length, 0);
  });
  await scenario('in parts', [first], async ({ uploaded, asked }) => {
    await uploaded();
    assert.deepEqual([asked('POST').length, asked('PUT').length], [2, 3]);
  });
  await scenario('paused and resumed', [second], async ({ page, uploaded, asked }) => {
    await page.evaluate(() => window.afterPart(1, () => window.uppy.pauseAll()));
    const ended = uploaded();
    await page.waitForFunction(() => window.parts === 1);
    await page.waitForTimeout(2500);
    assert.equal(await page.evaluate(() => window.parts), 1, 'nothing goes on while it is paused');
    await page.evaluate(() => window.uppy.resumeAll());
    await ended;
    assert.equal(asked('GET').length, 1, 'it asks which parts are there');
    assert.equal(await page.evaluate(() => window.parts), 3);
  });
  await scenario('given up', [third], async ({ page, begin, asked, tickets }) => {
    await page.evaluate(() => window.afterPart(1, () => window.uppy.cancelAll()));
    const given = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
    await begin();
    assert.equal((await given).status(), 204);
    const [{ key }] = await tickets();
    const { upload_id: uploadId } = query(asked('DELETE')[0]);
    const { url } = await service.call('POST', '/v1/uploads/sign', JSON.stringify({ method: 'GET', key, uploadId }));
    assert.equal((await fetch(url)).status, 404, 'no part of it is left');
  });
  await scenario('through a cut of the network', [fourth], async ({ page, context, uploaded }) => {
    const ended = uploaded();
    await page.waitForFunction(() => window.parts === 1);
    await context.setOffline(true);
    await page.waitForTimeout(3000);
    assert.ok(await page.evaluate(() => window.parts < 3), 'nothing gets through');
    await context.setOffline(false);
    await ended;
    assert.equal(await page.evaluate(() => window.parts), 3);
  });
  await scenario('two at a time', [large(5), large(6)], async ({ uploaded }) => uploaded());
} finally {
  await browser.close();
  await service.stop();
  rmSync(data, { recursive: true });
}

// About twelve megabytes, which are three parts.
function large(seed) {
  return { name: `large-${seed}.bmp`, type: 'image/bmp', bytes: bitmap(2400, 1800, seed) };
}

function query(url) {
  const { searchParams } = new URL(url);
  return { upload_id: searchParams.get('uploadId') };
}

async function bundle() {
  const built = await build({
    stdin: { contents: PAGE, resolveDir: import.meta.dirname ?? new URL('.', import.meta.url).pathname },
    bundle: true,
    write: false,
    format: 'iife',
    loader: { '.css': 'empty' },
  });
  return built.outputFiles[0].text;
}

// A page of its own with Uppy and these files in it; afterwards what was accepted is what was in the files.
async function scenario(name, files, run) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route(`${service.url}/uploads`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><input type="file" multiple>' }));
  const requests = [];
  page.on('request', (request) => requests.push(request));
  const wire = await context.newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: BYTES_A_SECOND };
  await wire.send('Network.emulateNetworkConditions', slow);
  await page.goto(`${service.url}/uploads`);
  await page.evaluate((token) => { window.token = token; }, service.token);
  await page.addScriptTag({ content: script });
  const payloads = files.map(({ name: fileName, type, bytes }) => ({ name: fileName, mimeType: type, buffer: bytes }));
  await page.setInputFiles('input', payloads);
  const begin = () => page.evaluate(() => window.begin());
  const tickets = () => page.evaluate(() => window.tickets);
  await run({
    page,
    context,
    begin,
    tickets,
    // To the bucket.
    asked: (method) => requests.filter((request) => request.method() === method && /X-Amz-Signature/.test(request.url()))
      .map((request) => request.url()),
    uploaded: () => {
      const ended = page.evaluate(() => window.upload()).then(async (found) => {
        assert.deepEqual(found, { successful: files.length, failed: [] }, name);
        await accepted(await tickets(), files);
      });
      // Whoever waits for it later learns of it; nobody does where something else failed first.
      ended.catch(() => {});
      return ended;
    },
  });
  await context.close();
  console.log(`uppy, ${name}: as it should be`);
}

// Each ticket has become the image that its file is.
async function accepted(tickets, files) {
  const hashes = [];
  for (const { id } of tickets) {
    const { image } = await until(async () => {
      const ticket = await service.call('GET', `/v1/uploads/${id}`);
      assert.notEqual(ticket.state, 'refused', ticket.reason);
      return ticket.state === 'accepted' && ticket;
    });
    hashes.push((await service.call('GET', `/v1/images/${image}`)).sha256);
  }
  const wanted = files.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual(hashes.sort(), wanted.sort());
}

async function until(look) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await look();
    if (found) {
      return found;
    }
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  throw new Error('it did not come');
}
