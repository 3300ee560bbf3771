// The session: signing in and out, and renewal in the background.
//
// The ID token lives in memory alone. The refresh token is in sessionStorage, because a reload shall not sign out, and
// nowhere longer: it goes with the tab, other tabs and later visitors of the same computer do not find it. The page's
// policy lets no foreign script run that could read it. The cookie that opens private images is the API's (HttpOnly).

import { signal } from '@preact/signals';

import { callOpenly, useSession } from '../api/call';
import { asProblem, type Problem } from '../api/problem';
import { userOf, type User } from './claims';

interface Tokens {
  id_token: string;
  access_token: string;
  refresh_token?: string;
  expires_in: number;
}

export interface Challenge {
  challenge: 'NEW_PASSWORD_REQUIRED';
  session: string;
  username: string;
}

const KEY = 'darkroom-refresh';
// The cookie that opens private images lives this long, much shorter than the token.
const COOKIE_SECONDS = 900;
// Before either ends: time for another try where the network is away.
const MARGIN_SECONDS = 180;
const RETRY_MS = 20_000;

export type State = 'starting' | 'out' | 'in';
export const state = signal<State>('starting');
export const user = signal<User | null>(null);
// Why somebody who had signed in has to do it again.
export const ended = signal(false);

let tokens: Tokens | null = null;
let dueAt = Infinity;
let timer: ReturnType<typeof setTimeout> | undefined;
let renewing: Promise<boolean> | null = null;

export async function signIn(username: string, password: string): Promise<Challenge | null> {
  const answer = await callOpenly<Tokens | Challenge>('/v1/session', { method: 'POST', body: { username, password } });
  if ('challenge' in answer) {
    return answer;
  }
  begin(answer);
  return null;
}

export async function choosePassword({ session, username }: Challenge, password: string): Promise<void> {
  const body = { username, session, new_password: password };
  begin(await callOpenly<Tokens>('/v1/session/challenge', { method: 'POST', body }));
}

// All sessions of the user end, and the cookie goes. Where the API cannot be reached the page forgets them all the same.
export async function signOut(): Promise<Problem | null> {
  const { access_token, id_token } = tokens ?? {};
  forget();
  ended.value = false;
  try {
    const headers = { authorization: `Bearer ${id_token}` };
    await callOpenly('/v1/session', { method: 'DELETE', body: { access_token }, headers });
    return null;
  } catch (error) {
    return asProblem(error);
  }
}

// One at a time: whoever else asks meanwhile gets the same answer.
export function renew(): Promise<boolean> {
  renewing ??= tryToRenew().finally(() => { renewing = null; });
  return renewing;
}

async function tryToRenew(): Promise<boolean> {
  const refresh = sessionStorage.getItem(KEY);
  if (!refresh) {
    expire();
    return false;
  }
  try {
    begin(await callOpenly<Tokens>('/v1/session/refresh', { method: 'POST', body: { refresh_token: refresh } }));
    return true;
  } catch (error) {
    const { status } = asProblem(error);
    if (status === 401 || status === 403) {
      expire();
    } else {
      schedule(RETRY_MS);
    }
    return false;
  }
}

export async function resume(): Promise<void> {
  useSession({ token: () => tokens?.id_token ?? null, renew });
  // A computer that slept has missed its timer.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && Date.now() > dueAt) {
      void renew();
    }
  });
  if (!(await renew())) {
    state.value = 'out';
  }
}

function begin(answer: Tokens): void {
  tokens = answer;
  // A renewal may come without one: the one that is there goes on.
  if (answer.refresh_token) {
    sessionStorage.setItem(KEY, answer.refresh_token);
  }
  const next = userOf(answer.id_token);
  if (JSON.stringify(next) !== JSON.stringify(user.value)) {
    user.value = next;
  }
  state.value = 'in';
  ended.value = false;
  schedule((Math.min(answer.expires_in, COOKIE_SECONDS) - MARGIN_SECONDS) * 1000);
}

function schedule(milliseconds: number): void {
  clearTimeout(timer);
  dueAt = Date.now() + milliseconds;
  timer = setTimeout(() => void renew(), milliseconds);
}

function expire(): void {
  const wasIn = state.value === 'in';
  forget();
  ended.value ||= wasIn;
}

function forget(): void {
  clearTimeout(timer);
  dueAt = Infinity;
  tokens = null;
  sessionStorage.removeItem(KEY);
  user.value = null;
  state.value = 'out';
}
