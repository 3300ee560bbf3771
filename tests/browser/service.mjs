// Darkroom, started for a test, and its API.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export const USER = { username: 'demo@example.com', password: 'Browser-password-1' };
const READY = 'Darkroom is ready at ';

export async function start(binary, data, further = []) {
  const options = ['up', '--port', '0', '--data', data, '--demo-password', USER.password, ...further];
  const child = spawn(binary, options, { env: { ...process.env, RUST_LOG: 'off' }, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => { child.once('exit', resolve); });
  const url = await ready(child);
  const { token, cookie } = await signIn(url);
  const call = async (method, path, body, type = 'application/json') => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const answer = await fetch(`${url}${path}`, { method, headers, body });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.json();
  };
  return {
    url,
    cookie,
    token,
    call,
    upload: async (bytes, visibility) => {
      const { id, width, height } = await call('POST', `/v1/images?visibility=${visibility}`, bytes, 'image/jpeg');
      return { image: id, width, height };
    },
    patch: (image, change) => call('PATCH', `/v1/images/${image}`, JSON.stringify(change)),
    sign: (image) => call('POST', `/v1/images/${image}/signed-urls`, '{}'),
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

async function ready(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith(READY)) {
      return line.slice(READY.length).trim();
    }
  }
  throw new Error('darkroom ended before it was ready');
}

// The token, and the cookie as the browser shall have it.
async function signIn(url) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/session`, { method: 'POST', headers, body: JSON.stringify(USER) });
  assert.equal(answer.status, 200);
  const [name, value] = answer.headers.get('set-cookie').split(';')[0].split('=');
  const cookie = { name, value, domain: new URL(url).hostname, path: '/demo/', httpOnly: true, sameSite: 'Lax' };
  return { token: (await answer.json()).id_token, cookie };
}
