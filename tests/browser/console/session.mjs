// Signing in and out, an invited user's first password, renewal in the background, and the end of a session.

import assert from 'node:assert/strict';

import { USER } from '../service.mjs';
import { open, signIn, until } from './desk.mjs';

const TEMPORARY = 'Temporary-password-1';

export async function run({ browser, service, darkroom }) {
  await wrongAndRight(browser, service);
  await viewer(browser, service, darkroom);
  await dataScientist(browser, service, darkroom);
  await renewed(browser, service);
  await over(browser, service);
}

async function wrongAndRight(browser, service) {
  const desk = await open(browser, service, { signedIn: false });
  const { page } = desk;
  desk.expects(/401/);
  await page.getByLabel('E-mail').fill(USER.username);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  const alert = await page.getByRole('alert').textContent();
  assert.match(alert, /User name or password is wrong\. Check both and try again\./);
  await signIn(page);
  assert.equal((await desk.context.cookies(`${service.url}/demo/`)).length, 1);
  // A reload finds the session; a tab of its own does not.
  await page.reload();
  await page.getByRole('button', { name: /Account of/ }).click();
  const kept = await page.evaluate(() => [Object.keys(localStorage), Object.keys(sessionStorage)]);
  assert.deepEqual(kept, [[], ['darkroom-refresh']]);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), []);
  await until('no cookie', async () => (await desk.context.cookies(`${service.url}/demo/`)).length === 0);
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await desk.close();
}

async function viewer(browser, service, darkroom) {
  const username = 'viewer@example.com';
  darkroom(['user', 'add', username, '--customer', 'demo', '--role', 'viewer', '--password', TEMPORARY]);
  const desk = await open(browser, service, { signedIn: false });
  const { page } = desk;
  desk.expects(/400/);
  await firstSignIn(page, username);
  await page.getByLabel('New password').fill('tooeasy1');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  assert.match(await page.getByRole('alert').textContent(), /Choose another password\./);
  await page.getByLabel('New password').fill('Own-password-1');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await page.getByRole('link', { name: 'Photos', exact: true }).waitFor();
  // A viewer looks, and is offered nothing else.
  assert.deepEqual(await page.locator('nav a').allTextContents(), ['Photos']);
  await page.evaluate(() => { location.hash = '#/upload'; });
  await page.getByRole('heading', { name: 'You can look, but not upload' }).waitFor();
  await desk.close();
}

// Of no customer: there are no photos to begin with.
async function dataScientist(browser, service, darkroom) {
  const username = 'scientist@example.com';
  darkroom(['user', 'add', username, '--role', 'data-scientist', '--password', TEMPORARY]);
  const desk = await open(browser, service, { signedIn: false });
  const { page } = desk;
  await firstSignIn(page, username);
  await page.getByLabel('New password').fill('Own-password-1');
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await page.getByRole('heading', { name: 'Datasets' }).waitFor();
  assert.deepEqual(await page.locator('nav a').allTextContents(), ['Datasets', 'Status']);
  await page.getByRole('link', { name: 'pets' }).waitFor();
  await desk.close();
}

async function firstSignIn(page, username) {
  await page.getByLabel('E-mail').fill(username);
  await page.getByLabel('Password').fill(TEMPORARY);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
}

async function renewed(browser, service) {
  const desk = await open(browser, service, { signedIn: false, clock: true });
  const { page } = desk;
  await signIn(page);
  // Before the cookie's fifteen minutes are over.
  const asked = page.waitForRequest(/\/v1\/session\/refresh$/);
  await page.clock.fastForward('13:00');
  const answer = await (await asked).response();
  assert.match((await answer.allHeaders())['set-cookie'], /^darkroom=/);
  await desk.close();
}

// A token that is refused is renewed once, unseen; a renewal that is refused ends the session, and says so.
async function over(browser, service) {
  const desk = await open(browser, service);
  const { page } = desk;
  desk.expects(/401/);
  let refused = 0;
  const refuse = (route) => {
    refused += 1;
    const body = { code: 'token_expired', detail: 'the token has expired', status: 401 };
    return route.fulfill({ status: 401, contentType: 'application/problem+json', body: JSON.stringify(body) });
  };
  await page.route(/\/v1\/images\?/, refuse, { times: 1 });
  await page.reload();
  await page.getByRole('heading', { name: 'Photos' }).waitFor();
  await until('pictures after a renewal', () => page.locator('.tile').count());
  assert.equal(refused, 1);
  await page.route(/\/v1\/images\?|\/v1\/session\/refresh/, refuse);
  await page.getByRole('button', { name: 'flower' }).click();
  await page.getByText('Your session has ended.').waitFor();
  await page.unrouteAll();
  await signIn(page);
  // It goes on where it was.
  await page.getByRole('heading', { name: '“flower”' }).waitFor();
  await until('pictures after signing in again', () => page.locator('.tile').count());
  await desk.close();
}
