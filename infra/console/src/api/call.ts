// The one way to the API: with the session's token, renewed once where it is refused, and with every failure a Problem.

import { asProblem, Problem, problemOf } from './problem';

export interface Session {
  token(): string | null;
  // Whether there is a new token now.
  renew(): Promise<boolean>;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

let session: Session = { token: () => null, renew: async () => false };

// The session tells of itself, so that it can use `post` to come about.
export function useSession(own: Session): void {
  session = own;
}

export async function call<T>(path: string, asked: Call = {}): Promise<T> {
  const first = await send(path, asked, session.token());
  if (first.status !== 401) {
    return read<T>(first);
  }
  if (!(await session.renew())) {
    return read<T>(first);
  }
  return read<T>(await send(path, asked, session.token()));
}

// Without a token: signing in, and what leads there.
export async function callOpenly<T>(path: string, asked: Call): Promise<T> {
  return read<T>(await send(path, asked, null));
}

async function send(path: string, { method = 'GET', body, headers, signal }: Call, token: string | null) {
  const told: Record<string, string> = { ...headers };
  if (token) {
    told['authorization'] = `Bearer ${token}`;
  }
  if (body !== undefined) {
    told['content-type'] = 'application/json';
  }
  const text = body === undefined ? null : JSON.stringify(body);
  try {
    return await fetch(path, { method, headers: told, body: text, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }
    throw asProblem(error);
  }
}

async function read<T>(answer: Response): Promise<T> {
  if (!answer.ok) {
    throw await problemOf(answer);
  }
  if (answer.status === 204) {
    return undefined as T;
  }
  try {
    return (await answer.json()) as T;
  } catch {
    throw new Problem(answer.status, 'answer_unreadable', 'the answer cannot be read');
  }
}
