// From signing in to labelling a picture with the keys alone; whatever has the focus shows it.

import assert from 'node:assert/strict';

import { USER } from '../service.mjs';
import { open, until } from './desk.mjs';

const STEPS_MAX = 40;

export async function run({ browser, service }) {
  const desk = await open(browser, service, { signedIn: false });
  const { page } = desk;
  await page.getByLabel('E-mail').waitFor();
  await until('the first field has the focus', async () => (await focus(page)).name === 'username');
  await page.keyboard.type(USER.username);
  await page.keyboard.press('Tab');
  await page.keyboard.type(USER.password);
  await page.keyboard.press('Enter');
  await until('pictures', () => page.locator('.tile img.shown').count());
  await skipped(page);
  await throughTheGallery(page);
  await onThePage(page);
  await desk.close();
}

async function skipped(page) {
  await page.keyboard.press('Tab');
  assert.equal((await focus(page)).text, 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal((await focus(page)).id, 'main');
}

// One stop of the tab key, and arrows from there.
async function throughTheGallery(page) {
  await tabTo(page, ({ at }) => at !== null);
  assert.equal((await focus(page)).at, '0');
  for (const [key, at] of [['ArrowRight', '1'], ['ArrowRight', '2'], ['ArrowLeft', '1'], ['Home', '0']]) {
    await page.keyboard.press(key);
    await until(`${key} leads to ${at}`, async () => (await focus(page)).at === at, 20);
  }
  await page.keyboard.press('ArrowDown');
  await until('the row below', async () => Number((await focus(page)).at) > 1, 20);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Labels' }).waitFor();
}

async function onThePage(page) {
  const name = () => page.getByRole('heading', { level: 1 }).textContent();
  const before = await name();
  await page.keyboard.press('ArrowRight');
  await until('the next picture', async () => (await name()) !== before);
  assert.equal((await focus(page)).id, 'main', 'a page begins at its top');
  await tabTo(page, ({ label }) => label === 'New label');
  await page.keyboard.type('by keyboard');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove label by keyboard' }).waitFor();
  await tabTo(page, ({ role }) => role === 'switch');
  await page.keyboard.press('Space');
  await page.getByText('No snapshot that is begun from now on holds it.').waitFor();
  assert.equal((await focus(page)).role, 'switch', 'what was switched keeps the focus');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Photos' }).waitFor();
}

// As often as it takes; every stop on the way is visible.
async function tabTo(page, wanted) {
  for (let steps = 0; steps < STEPS_MAX; steps += 1) {
    await page.keyboard.press('Tab');
    const now = await focus(page);
    assert.ok(now.outlined, `the focus on '${now.text || now.label}' does not show`);
    if (wanted(now)) {
      return;
    }
  }
  throw new Error('the tab key does not lead there');
}

function focus(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    // Of a button that is drawn as another element, that one.
    const drawn = [element, element.nextElementSibling, element.parentElement].filter(Boolean);
    return {
      id: element.id,
      name: element.getAttribute('name'),
      at: element.getAttribute('data-at'),
      role: element.getAttribute('role'),
      label: element.getAttribute('aria-label'),
      text: element.textContent.slice(0, 60),
      outlined: drawn.some((one) => getComputedStyle(one).outlineStyle === 'solid'),
    };
  });
}
