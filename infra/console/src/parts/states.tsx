// What a page shows where there is nothing yet, or something went wrong: each says what to do next.

import type { ComponentChildren } from 'preact';

import type { Problem } from '../api/problem';
import { Icon } from './icon';

export function Empty({ title, text, children }: { title: string; text: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h1>{title}</h1>
      <p class="quiet">{text}</p>
      {children && <div class="empty-acts">{children}</div>}
    </div>
  );
}

export function Failure({ problem, retry, title }: { problem: Problem; retry?: () => void; title?: string }) {
  return (
    <div class="failure" role="alert">
      <Icon name="warning" />
      <div>
        {title && <strong>{title}</strong>}
        <p>{problem.message} {problem.advice}</p>
        {problem.request && problem.status >= 500 && <p class="quiet">Request {problem.request}</p>}
      </div>
      {retry && <button type="button" class="button" onClick={retry}>Try again</button>}
    </div>
  );
}

// Grey places of what is coming, so that nothing moves when it is there.
export function Waiting({ label, rows = 3 }: { label: string; rows?: number }) {
  return (
    <div class="waiting" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => <div key={row} class="waiting-row" />)}
    </div>
  );
}
