// The files that are to be uploaded, and how far each has come. Uppy brings the bytes; it is loaded with the first file.
//
// A file is refused twice: at once for what can be seen from here, and by the service for what is in it. Few are on their
// way at a time, because a ticket is good for fifteen minutes and a long queue would outlive it.

import { computed, signal } from '@preact/signals';

import { get, type Image } from '../api/images';
import { adviceOnRefusal, asProblem, sentence } from '../api/problem';
import { ticketFor, type Wish } from '../api/uploads';
import { put } from '../gallery/library';
import { judge } from './judge';
import { outcome } from './outcome';

export type State = 'waiting' | 'uploading' | 'paused' | 'checking' | 'done' | 'refused' | 'failed';

export interface Item {
  id: string;
  file: File;
  wish: Wish;
  state: State;
  // Of its bytes, between 0 and 1.
  share: number;
  reason?: string;
  image?: Image;
}

const AT_ONCE = 3;
export const items = signal<Item[]>([]);

export const progress = computed(() => {
  const all = items.value.filter(({ state }) => state !== 'refused' && state !== 'failed');
  const active = all.filter(({ state }) => state !== 'done');
  const bytes = all.reduce((sum, { file }) => sum + file.size, 0);
  const sent = all.reduce((sum, { file, share }) => sum + file.size * share, 0);
  return { active: active.length, total: all.length, share: bytes > 0 ? sent / bytes : 0 };
});

// Whoever closes the tab meanwhile is asked whether they mean it.
addEventListener('beforeunload', (event) => {
  if (progress.value.active > 0) event.preventDefault();
});

let last = 0;

export function add(files: Iterable<File>, wish: Wish): void {
  const added = [...files].map((file): Item => {
    last += 1;
    const id = `file-${last}`;
    const reason = judge(file);
    return reason ? { id, file, wish, state: 'refused', share: 0, reason } : { id, file, wish, state: 'waiting', share: 0 };
  });
  items.value = [...items.value, ...added];
  fill();
}

export function retry(id: string): void {
  update(id, { state: 'waiting', share: 0, reason: '' });
  fill();
}

export async function pause(id: string, isPaused: boolean): Promise<void> {
  const { setPaused } = await import('./transfer');
  if (setPaused(id, isPaused)) {
    update(id, { state: isPaused ? 'paused' : 'uploading' });
    fill();
  }
}

export async function drop(id: string): Promise<void> {
  const state = find(id)?.state;
  items.value = items.value.filter((item) => item.id !== id);
  if (state === 'uploading' || state === 'paused') {
    const { giveUp } = await import('./transfer');
    giveUp(id);
  }
  fill();
}

export function dropFinished(): void {
  items.value = items.value.filter(({ state }) => state !== 'done');
}

export function dropAll(): void {
  items.value.forEach(({ id }) => void drop(id));
}

// A paused file keeps its ticket but not its turn.
function fill(): void {
  const busy = items.value.filter(({ state }) => state === 'uploading' || state === 'checking').length;
  items.value.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, AT_ONCE - busy)).forEach((item) => {
    update(item.id, { state: 'uploading' });
    void bring(item);
  });
}

async function bring({ id, file, wish }: Item): Promise<void> {
  try {
    const { id: upload, key } = await ticketFor({ name: file.name, type: file.type, bytes: file.size }, wish);
    const { transfer } = await import('./transfer');
    if (!find(id)) return;
    await transfer({ id, file, key, onProgress: (share) => update(id, { share }) });
    update(id, { state: 'checking', share: 1 });
    const found = await outcome(upload);
    if (found.state === 'refused') {
      update(id, { state: 'refused', reason: `${sentence(found.reason ?? 'it was refused')} ${adviceOnRefusal(found.code ?? '')}` });
    } else {
      const image = await get(found.image ?? '');
      put(image);
      update(id, { state: 'done', image });
    }
  } catch (error) {
    const problem = asProblem(error);
    update(id, { state: 'failed', reason: `${problem.message} ${problem.advice}` });
  } finally {
    fill();
  }
}

const find = (id: string) => items.value.find((item) => item.id === id);

function update(id: string, change: Partial<Item>): void {
  items.value = items.value.map((item) => (item.id === id ? { ...item, ...change } : item));
}
