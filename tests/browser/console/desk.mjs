// A browser with the console in it, that is watched: what the page's policy forbids, a request to anybody else, an error
// in a script or a page without the policy fails the test, whatever else it looked at.

import assert from 'node:assert/strict';

import { USER } from '../service.mjs';

export const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
// The service refuses what is too much at a time; the page tries again.
const BUSY = /status of 429/;
const POLICY = [/default-src 'none'/, /script-src 'self'/, /style-src 'self'/, /img-src 'self' data: blob:/, /connect-src 'self'/];

// A context of its own, and what it was seen to do wrong.
export async function open(browser, service, { size = 'desktop', dark = false, signedIn = true, clock = false, ...more } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: size === 'phone',
    isMobile: size === 'phone',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...more,
  });
  const wrong = [];
  await context.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
  });
  const page = await context.newPage();
  watch(page, service.url, wrong);
  if (clock) {
    await page.clock.install();
  }
  const answer = await page.goto(`${service.url}/console/`);
  const policy = answer.headers()['content-security-policy'] ?? '';
  assert.ok(POLICY.every((part) => part.test(policy)), `the policy of the page is '${policy}'`);
  assert.ok(!policy.includes('unsafe'), policy);
  const desk = {
    context,
    page,
    // For what a test brings about: the browser itself writes a line about each answer that is no success.
    expects: (pattern) => { wrong.expected = pattern; },
    close: async () => {
      const violations = await page.evaluate(() => window.violations);
      await context.close();
      assert.deepEqual([...violations, ...wrong], []);
    },
  };
  if (signedIn) {
    await signIn(page);
  }
  return desk;
}

export async function signIn(page, { username, password } = USER) {
  await page.getByLabel('E-mail').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: /Account of/ }).waitFor();
}

export async function goTo(page, hash) {
  await page.evaluate((to) => { location.hash = to; }, hash);
}

function watch(page, url, wrong) {
  const { host } = new URL(url);
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (!['data:', 'blob:'].includes(asked.protocol) && asked.host !== host) {
      wrong.push(`a request to ${asked.host}`);
    }
  });
  page.on('pageerror', (error) => wrong.push(`an error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && ![BUSY, wrong.expected].some((one) => one?.test(message.text()))) {
      wrong.push(`on the console: ${message.text()} (${message.location().url})`);
    }
  });
}

// Looks until it is so; a busy machine is slow.
export async function until(what, look, tries = 150) {
  for (let left = tries; left > 0; left -= 1) {
    const found = await look();
    if (found) {
      return found;
    }
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  throw new Error(`it did not come: ${what}`);
}
