// Uploading: dropped and chosen, with progress; paused and resumed; refused with a reason; tried again; given up.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { bitmap } from '../bitmap.mjs';
import { goTo, open, until } from './desk.mjs';

const FIXTURES = new URL('../../../fixtures/', import.meta.url);
const SLOW = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 3 * 1024 * 1024 };

export async function run({ browser, service }) {
  const desk = await open(browser, service);
  await dropped(desk, service);
  await paused(desk, service);
  await refused(desk);
  await triedAgain(desk);
  await givenUp(desk);
  await desk.close();
}

const row = (page, name) => page.locator('.file', { hasText: name });

async function dropped({ page }, service) {
  await goTo(page, '#/upload');
  await page.getByLabel('Labels, separated by commas').fill('console, dropped');
  await page.getByRole('radio', { name: 'Yes' }).check();
  // On any page.
  await goTo(page, '#/');
  await page.getByRole('heading', { name: 'Photos' }).waitFor();
  const bytes = readFileSync(new URL('images/orientation-1.jpg', FIXTURES)).toString('base64');
  const data = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    const file = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([file], 'dropped.jpg', { type: 'image/jpeg' }));
    return transfer;
  }, bytes);
  await page.dispatchEvent('main', 'dragenter', { dataTransfer: data });
  await page.getByText('Drop to upload').waitFor();
  await page.dispatchEvent('main', 'drop', { dataTransfer: data });
  const file = row(page, 'dropped.jpg');
  await file.and(page.locator('[data-state=done]')).waitFor();
  const id = (await file.getByRole('link').getAttribute('href')).split('/').pop();
  const image = await service.call('GET', `/v1/images/${id}`);
  assert.deepEqual([image.labels, image.consent, image.name], [['console', 'dropped'], 'training', 'dropped.jpg']);
  // The gallery has it without being asked anew.
  await goTo(page, '#/');
  await page.getByRole('link', { name: 'dropped.jpg' }).waitFor();
  await goTo(page, '#/upload');
}

async function paused({ page, context }, service) {
  const wire = await context.newCDPSession(page);
  await wire.send('Network.emulateNetworkConditions', SLOW);
  await choose(page, { name: 'large.bmp', mimeType: 'image/bmp', buffer: bitmap(2400, 1800, 7) });
  const file = row(page, 'large.bmp');
  const share = () => file.getByRole('progressbar').evaluate((bar) => bar.value);
  await until('a part of it is there', async () => (await file.getByRole('progressbar').count()) && (await share()) > 0.3);
  await file.getByRole('button', { name: 'Pause large.bmp' }).click();
  await file.getByText(/Paused \d+ %/).waitFor();
  const before = await share();
  await page.waitForTimeout(1500);
  assert.equal(await share(), before, 'nothing goes on while it is paused');
  await file.getByRole('button', { name: 'Resume large.bmp' }).click();
  await file.and(page.locator('[data-state=done]')).waitFor();
  const id = (await file.getByRole('link').getAttribute('href')).split('/').pop();
  assert.equal((await service.call('GET', `/v1/images/${id}`)).width, 2400);
  await wire.detach();
}

async function refused({ page }) {
  await choose(page, { name: 'letter.jpg', mimeType: 'image/jpeg', buffer: readFileSync(new URL('bad/text.jpg', FIXTURES)) });
  const reason = await row(page, 'letter.jpg').and(page.locator('[data-state=refused]')).getByRole('alert').textContent();
  assert.match(reason, /The file is not an image of a known format; send JPEG, .*\. Choose the picture itself/);
  // What can be seen without sending a byte.
  const quick = [
    [{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') }, /This is no picture\. Choose a JPEG/],
    [{ name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) }, /The file is empty\./],
    [{ name: 'phone.heic', mimeType: 'image/heic', buffer: Buffer.from('heic') }, /HEIC is not taken\. Save it as JPEG/],
  ];
  for (const [file, told] of quick) {
    await choose(page, file);
    assert.match(await row(page, file.name).getByRole('alert').textContent(), told);
  }
}

async function triedAgain({ page, context, ...desk }) {
  desk.expects(/ERR_INTERNET_DISCONNECTED/);
  await context.setOffline(true);
  await choose(page, { name: 'later.jpg', mimeType: 'image/jpeg', buffer: readFileSync(new URL('images/small-2.jpg', FIXTURES)) });
  const file = row(page, 'later.jpg');
  assert.match(await file.and(page.locator('[data-state=failed]')).getByRole('alert').textContent(), /Darkroom cannot be reached\. Check the network\./);
  await context.setOffline(false);
  await file.getByRole('button', { name: 'Try later.jpg again' }).click();
  await file.and(page.locator('[data-state=done]')).waitFor();
}

async function givenUp({ page, context }) {
  const wire = await context.newCDPSession(page);
  await wire.send('Network.emulateNetworkConditions', SLOW);
  await choose(page, { name: 'unwanted.bmp', mimeType: 'image/bmp', buffer: bitmap(2400, 1800, 8) });
  const file = row(page, 'unwanted.bmp');
  await until('it is on its way', async () => (await file.getByRole('progressbar').count()) > 0);
  await until('it has begun in parts', async () => (await file.getByRole('progressbar').evaluate((bar) => bar.value)) > 0.1);
  const told = page.waitForRequest((request) => request.method() === 'DELETE');
  await file.getByRole('button', { name: 'Cancel unwanted.bmp' }).click();
  await told;
  await file.waitFor({ state: 'detached' });
  await wire.detach();
}

async function choose(page, file) {
  await page.locator('input[type=file]').setInputFiles([file]);
}
