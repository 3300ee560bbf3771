// Every page in light and dark and on a phone: axe-core finds nothing serious, nothing is wider than the screen; and the
// pictures of it.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { withModels } from './datasets.mjs';
import { goTo, open, signIn, until } from './desk.mjs';
import { say } from './model.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LOOKS = [['light', { dark: false }], ['dark', { dark: true }], ['phone', { size: 'phone' }], ['phone-dark', { size: 'phone', dark: true }]];
const GRAVE = ['serious', 'critical'];
// For README.
const KEPT = { 'light-photos': 'gallery', 'dark-photo': 'photo', 'light-snapshot': 'snapshot', 'phone-photos': 'phone' };
const KEPT_BYTES_MAX = 200_000;

export async function run({ browser, service, library, folder, screenshots }) {
  mkdirSync(folder, { recursive: true });
  const { id, labels } = library.whole.dandelion;
  say('flower');
  await service.patch(id, { labels: [] });
  for (const [look, options] of LOOKS) {
    const desk = await open(browser, service, { ...options, signedIn: false });
    desk.expects(/503|404/);
    await withModels(desk.page);
    const shoot = async (name) => {
      await desk.page.mouse.move(0, 0);
      await desk.page.screenshot({ path: join(folder, `console-${look}-${name}.png`) });
      await keep(desk.page, KEPT[`${look}-${name}`], screenshots);
      await inspect(desk.page, `${name} in ${look}`);
    };
    await walk(desk.page, library, shoot);
    await desk.close();
    console.log(`pages: ${look} as they should be`);
  }
  await service.patch(id, { labels });
}

async function walk(page, { whole }, shoot) {
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await shoot('sign-in');
  await signIn(page);
  await pictures(page);
  await shoot('photos');
  await goTo(page, `#/images/${whole.dandelion.id}`);
  await page.locator('.stage img.shown').waitFor();
  await page.getByRole('button', { name: 'Ask the model' }).click();
  await page.getByText('82 % sure, says').waitFor();
  await page.waitForTimeout(400);
  await shoot('photo');
  await page.getByRole('button', { name: /^Zoom into/ }).click();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.waitForLoadState('networkidle');
  await shoot('zoom');
  await goTo(page, '#/upload');
  await page.locator('input[type=file]').setInputFiles([{ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes') }]);
  await page.getByText('This is no picture.').waitFor();
  await shoot('upload');
  for (const [name, hash, there] of [
    ['datasets', '#/datasets', 'train'],
    ['dataset', '#/datasets/pets', 'pets-1-20261103-080000'],
    ['snapshot', '#/datasets/pets/1', 'Its owner did not agree to training'],
    ['status', '#/status', 'Feed lag'],
    ['nowhere', '#/nowhere/at/all', 'Nothing is here'],
  ]) {
    await goTo(page, hash);
    await page.getByText(there).first().waitFor();
    await page.waitForLoadState('networkidle');
    await shoot(name);
  }
}

// Those on the screen have faded in.
async function pictures(page) {
  await until('all pictures on the screen', () => page.locator('.tile').evaluateAll((tiles) => {
    const seen = tiles.filter((tile) => tile.getBoundingClientRect().top < innerHeight);
    return seen.length > 8 && seen.every((tile) => tile.querySelector('img.shown'));
  }));
  await page.waitForTimeout(400);
}

async function inspect(page, name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'] }));
  const grave = violations.filter(({ impact }) => GRAVE.includes(impact));
  assert.deepEqual(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join('; ')}`), [], name);
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= screen, `${name}: ${wide} pixels wide on a screen of ${screen}`);
}

async function keep(page, name, screenshots) {
  if (!name || !screenshots) {
    return;
  }
  const path = join(screenshots, `${name}.jpg`);
  for (let quality = 84; ; quality -= 6) {
    await page.screenshot({ path, type: 'jpeg', quality });
    if (statSync(path).size < KEPT_BYTES_MAX) {
      return;
    }
  }
}
