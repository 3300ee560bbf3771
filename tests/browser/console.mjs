// The console in headless Chromium, flow by flow, over a Darkroom of its own.
//
//   node console.mjs DARKROOM FOLDER [--screenshots FOLDER] [--only FLOW,…]
//
// Screenshots of every page go into FOLDER; with --screenshots those for README into that one.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import * as budget from './console/budget.mjs';
import * as datasets from './console/datasets.mjs';
import * as gallery from './console/gallery.mjs';
import * as image from './console/image.mjs';
import * as keyboard from './console/keyboard.mjs';
import { serveModel } from './console/model.mjs';
import * as pages from './console/pages.mjs';
import { fill } from './console/pictures.mjs';
import * as session from './console/session.mjs';
import * as status from './console/status.mjs';
import * as upload from './console/upload.mjs';
import { start } from './service.mjs';

// What changes images comes after what counts on them; training goes on behind the last.
const FLOWS = { budget, pages, gallery, session, keyboard, status, image, upload, datasets };
// What `make test` installs for training scripts.
const TRAINING = new URL('../../target/training/bin/python', import.meta.url).pathname;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { screenshots: { type: 'string' }, only: { type: 'string' } } });
const [binary, folder] = positionals.map((path) => resolve(path));
const data = mkdtempSync(join(tmpdir(), 'darkroom-console-'));
const scratch = mkdtempSync(join(tmpdir(), 'darkroom-snippets-'));
const model = await serveModel();
const training = existsSync(TRAINING) ? ['--training-python', TRAINING] : [];
const service = await start(binary, data, ['--model', `animals=${model.url}`, ...training]);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  mkdirSync(folder, { recursive: true });
  const library = await fill(service);
  await snapshot();
  const screenshots = values.screenshots && resolve(values.screenshots);
  const asked = values.only?.split(',') ?? Object.keys(FLOWS);
  for (const name of asked) {
    const begun = Date.now();
    await FLOWS[name].run({ browser, service, library, darkroom, folder: name === 'pages' ? folder : scratch, screenshots });
    console.log(`console, ${name}: as it should be (${Math.round((Date.now() - begun) / 1000)} s)`);
  }
} finally {
  await browser.close();
  await service.stop();
  model.close();
  rmSync(data, { recursive: true });
  rmSync(scratch, { recursive: true });
}

// The other verbs, of the same data folder.
function darkroom(words) {
  return execFileSync(binary, [...words, '--data', data], { encoding: 'utf8', env: { ...process.env, RUST_LOG: 'off' } });
}

async function snapshot() {
  darkroom.binary = binary;
  darkroom.data = data;
  darkroom.environment = (words) => Object.fromEntries([...darkroom(['env', ...words]).matchAll(/^export (\w+)='?([^'\n]*)'?$/gm)].map(([, name, value]) => [name, value]));
  darkroom(['snapshot', 'pets']);
}
