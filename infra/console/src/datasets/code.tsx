// The code that opens a snapshot, one tab for each library.

import { useRef, useState } from 'preact/hooks';

import { Copyable } from '../parts/copyable';
import { snippets, type Place } from './snippets';

export function Code({ place }: { place: Place }) {
  const all = snippets(place);
  const [chosen, setChosen] = useState(0);
  const tabs = useRef<HTMLDivElement>(null);
  const now = all[chosen] ?? all[0];
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (chosen + step + all.length) % all.length;
    setChosen(next);
    tabs.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  };
  if (!now) {
    return null;
  }
  return (
    <div class="code-tabs">
      <div class="tabs" role="tablist" aria-label="Library" ref={tabs} onKeyDown={onKeyDown}>
        {all.map(({ id, title }, at) => (
          <button type="button" role="tab" key={id} id={`tab-${id}`} aria-selected={at === chosen} aria-controls="code-panel"
            tabIndex={at === chosen ? 0 : -1} onClick={() => setChosen(at)}>
            {title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="code-panel" aria-labelledby={`tab-${now.id}`}>
        <p class="quiet">{now.about}</p>
        <Copyable key={now.id} label={now.title} text={now.code} language={now.language} />
      </div>
    </div>
  );
}
