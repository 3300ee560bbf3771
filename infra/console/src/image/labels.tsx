// The labels of an image: what it shows, in the words that a model is to learn.

import { useMemo, useRef, useState } from 'preact/hooks';

import type { Image } from '../api/images';
import { library } from '../gallery/library';
import { Icon } from '../parts/icon';
import type { Change } from './image_page';

export function Labels({ image, change }: { image: Image; change: Change | null }) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const known = useMemo(() => [...new Set(library.value.images.flatMap(({ labels }) => labels))].sort(), [image.id]);
  const set = async (labels: string[]) => {
    if (!change) return;
    setBusy(true);
    await change({ labels });
    setBusy(false);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const label = text.trim();
    if (busy) return;
    setText('');
    if (label && !image.labels.includes(label)) void set([...image.labels, label]);
  };
  const remove = (at: number) => {
    if (busy) return;
    void set(image.labels.toSpliced(at, 1));
    // The button goes with its label; the focus has to be somewhere.
    field.current?.focus();
  };
  return (
    <section class="panel-part" aria-labelledby="labels-title">
      <h2 id="labels-title">Labels</h2>
      {image.labels.length === 0 && !change && <p class="quiet">None.</p>}
      <ul class="labels">
        {image.labels.map((label, at) => (
          <li class="label" key={`${at}-${label}`}>
            {label}
            {change && (
              <button type="button" class="label-remove" aria-label={`Remove label ${label}`} aria-disabled={busy}
                onClick={() => remove(at)}>
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {change && (
        <form class="label-form" onSubmit={submit}>
          <input ref={field} aria-label="New label" placeholder="Add a label" value={text} list="known-labels" maxLength={100}
            onInput={(event) => setText(event.currentTarget.value)} />
          <datalist id="known-labels">{known.map((label) => <option key={label} value={label} />)}</datalist>
          <button class="button" disabled={!text.trim()}>Add</button>
        </form>
      )}
    </section>
  );
}
