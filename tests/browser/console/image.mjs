// One image's page: zoom, labels, consent, visibility, predictions, what is copied, deletion and its undo, two at a time.

import assert from 'node:assert/strict';

import { goTo, open, until } from './desk.mjs';
import { say } from './model.mjs';

export async function run({ browser, service, library }) {
  const desk = await open(browser, service);
  const { page } = desk;
  const { cat, dandelion } = library.whole;
  say('cat');
  const record = (id) => service.call('GET', `/v1/images/${id}`);
  await zoomed(page, dandelion.id);
  await goTo(page, `#/images/${cat.id}`);
  await page.getByRole('heading', { name: 'chelsea.png' }).waitFor();
  await labelled(page, cat.id, record);
  await predicted(page, cat.id, record);
  await decided(page, cat.id, record);
  await copied(page, cat, service);
  await deletedAndBack(page, cat.id, record);
  await changedByTwo(desk, cat.id, service);
  await together(page, [cat.id, dandelion.id], record);
  await missing(desk);
  await desk.close();
}

async function zoomed(page, id) {
  await goTo(page, `#/images/${id}`);
  const tiles = [];
  page.on('response', (answer) => { if (/\/iiif\/.*\.jpg$/.test(answer.url())) tiles.push(answer.status()); });
  await page.getByRole('button', { name: /^Zoom into/ }).click();
  await page.locator('.deep-zoom canvas').first().waitFor();
  const shown = () => tiles.filter((status) => status === 200).length;
  await until('tiles', () => shown() > 3);
  const before = shown();
  for (let turns = 0; turns < 5; turns += 1) {
    await page.getByRole('button', { name: 'Zoom in' }).click();
  }
  await until('nearer tiles', () => shown() > before + 3);
  // A busy machine refuses some, which are asked for again.
  assert.ok(tiles.every((status) => status === 200 || status === 429), String(tiles));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Zoom into/ }).waitFor();
}

async function labelled(page, id, record) {
  await page.getByLabel('New label').fill('tabby');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove label tabby' }).waitFor();
  assert.deepEqual((await record(id)).labels, ['cat', 'tabby']);
  await page.getByRole('button', { name: 'Remove label tabby' }).click();
  await until('one label', async () => (await page.locator('.label').count()) === 1);
  await page.getByRole('button', { name: 'Remove label cat' }).click();
  await until('no label', async () => (await page.locator('.label').count()) === 0);
  assert.deepEqual((await record(id)).labels, []);
}

async function predicted(page, id, record) {
  await page.getByRole('button', { name: 'Ask the model' }).click();
  await page.getByText('82 % sure, says').waitFor();
  await page.getByRole('button', { name: 'Accept' }).click();
  await page.getByText('Accepted: it is a label now.').waitFor();
  assert.deepEqual((await record(id)).labels, ['cat']);
  await page.getByRole('button', { name: 'Remove label cat' }).click();
  await page.getByRole('button', { name: 'Correct' }).click();
  await page.getByLabel('What it shows instead').fill('lynx');
  await page.keyboard.press('Enter');
  await page.getByText('The labels say otherwise.').waitFor();
  assert.deepEqual((await record(id)).labels, ['lynx']);
}

async function decided(page, id, record) {
  const trained = page.getByRole('switch', { name: /May be trained on/ });
  await trained.click();
  await page.getByText('No snapshot that is begun from now on holds it.').waitFor();
  assert.equal((await record(id)).consent, 'none');
  await trained.click();
  await page.getByText('The next snapshot may hold it.').waitFor();
  assert.equal((await record(id)).consent, 'training');
  await page.getByRole('switch', { name: /Public/ }).click();
  await page.getByText('Whoever has the address sees it.').waitFor();
  assert.equal((await record(id)).visibility, 'public');
}

// What is copied works for somebody who has not signed in.
async function copied(page, image, service) {
  const copy = async (name) => {
    await page.getByRole('button', { name: `Copy ${name}` }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const html = await copy('<img srcset>');
  const parsed = await page.evaluate((text) => {
    const found = new DOMParser().parseFromString(text, 'text/html').querySelector('img');
    return { src: found.getAttribute('src'), srcset: found.getAttribute('srcset'), width: found.width, height: found.height };
  }, html);
  assert.deepEqual([parsed.width, parsed.height], [image.width, image.height]);
  const candidates = parsed.srcset.split(',').map((one) => one.trim().split(' '));
  for (const [url, width] of [...candidates, [parsed.src, null]]) {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url);
    assert.match(answer.headers.get('content-type'), /^image\//);
    assert.ok(width === null || Number(width.slice(0, -1)) <= image.width, width);
  }
  const info = await (await fetch(await copy('IIIF'))).json();
  assert.deepEqual([info.width, info.profile], [image.width, 'level2']);
  assert.ok(info.id.startsWith(service.url));
}

async function deletedAndBack(page, id, record) {
  await page.getByRole('button', { name: 'Delete photo' }).click();
  await page.getByText(/^Deleted chelsea\.png\. It can be brought back until/).waitFor();
  assert.equal((await record(id)).state, 'deleted');
  await page.getByRole('heading', { name: 'Photos' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'chelsea.png' }).count(), 0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('chelsea.png is back.').waitFor();
  assert.equal((await record(id)).state, 'live');
  await page.getByRole('button', { name: 'Delete photo' }).waitFor();
}

// Somebody else was quicker: nothing of theirs is overwritten, and the page shows it.
async function changedByTwo({ page, expects }, id, service) {
  expects(/412/);
  await service.patch(id, { labels: ['bobcat'] });
  await page.getByLabel('New label').fill('kitten');
  await page.keyboard.press('Enter');
  await page.getByText(/Somebody changed it meanwhile\./).waitFor();
  await page.getByRole('button', { name: 'Remove label bobcat' }).waitFor();
  await service.patch(id, { labels: ['cat'], visibility: 'private' });
}

// Several at once, from the gallery, which has not seen what somebody else did to one of them.
async function together(page, ids, record) {
  await goTo(page, '#/');
  await page.getByRole('button', { name: 'Select' }).click();
  for (const id of ids) {
    await page.locator(`.tile a[href$="${id}"]`).click();
  }
  await page.getByLabel('Label for the chosen photos').fill('both');
  await page.keyboard.press('Enter');
  await page.getByText('Labelled 2 photos “both”.').waitFor();
  for (const id of ids) {
    const { labels } = await record(id);
    assert.ok(labels.includes('both') && labels.length > 1, labels.join());
  }
}

async function missing({ page, expects }) {
  expects(/404|412/);
  await goTo(page, `#/images/${'a'.repeat(32)}`);
  const told = await page.getByRole('alert').textContent();
  assert.match(told, /Go back to the photos/);
}
