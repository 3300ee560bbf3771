// Short notices at the foot of the page, read out by screen readers, some with one thing to do.

import { signal } from '@preact/signals';

import { Icon } from '../parts/icon';

interface Notice {
  id: number;
  text: string;
  act?: { label: string; run: () => void };
}

const SHOWN_MS = 10_000;
const notices = signal<Notice[]>([]);
let last = 0;

export function notify(text: string, act?: Notice['act']): void {
  last += 1;
  const id = last;
  notices.value = [...notices.value.slice(-2), { id, text, ...(act ? { act } : {}) }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

export function Notices() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map(({ id, text, act }) => (
        <div class="notice" key={id}>
          <span>{text}</span>
          {act && (
            <button type="button" class="notice-act" onClick={() => { dismiss(id); act.run(); }}>{act.label}</button>
          )}
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
