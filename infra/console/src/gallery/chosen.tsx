// What can be done with several images at once: label them, and delete them with undo.

import { useState } from 'preact/hooks';

import { call } from '../api/call';
import { get, patch, undelete, type Image } from '../api/images';
import { asProblem } from '../api/problem';
import { Icon } from '../parts/icon';
import { plural } from '../parts/words';
import { notify } from '../shell/notices';
import { put } from './library';

interface Deleted {
  deleted: string[];
  failed: { id: string; detail: string }[];
}

export function Chosen({ images, clear }: { images: Image[]; clear: () => void }) {
  const [label, setLabel] = useState('');
  if (images.length === 0) {
    return null;
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (label.trim()) {
      void labelAll(images, label.trim());
      setLabel('');
      clear();
    }
  };
  return (
    <section class="chosen" aria-label="Chosen photos">
      <button type="button" class="icon-button" aria-label="Choose none" onClick={clear}><Icon name="close" /></button>
      <strong>{plural(images.length, 'photo')}</strong>
      <form onSubmit={submit}>
        <input aria-label="Label for the chosen photos" placeholder="Add a label" value={label} maxLength={100}
          onInput={(event) => setLabel(event.currentTarget.value)} />
        <button class="button small" disabled={!label.trim()}>Label</button>
      </form>
      <button type="button" class="button small danger" onClick={() => { void deleteAll(images); clear(); }}>
        <Icon name="trash" />Delete
      </button>
    </section>
  );
}

async function labelAll(images: Image[], label: string): Promise<void> {
  const results = await Promise.allSettled(images.map(async (image) => put(await labelled(image, label))));
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [asProblem(result.reason)] : []));
  const [first] = failed;
  notify(first
    ? `${plural(failed.length, 'photo')} of ${images.length} could not be labelled. ${first.message} ${first.advice}`
    : `Labelled ${plural(images.length, 'photo')} “${label}”.`);
}

// A gallery is older than a page of one image: a label is added to those that an image has by now.
async function labelled(image: Image, label: string): Promise<Image> {
  const change = (of: Image) => (of.labels.includes(label) ? of : patch(of, { labels: [...of.labels, label] }));
  try {
    return await change(image);
  } catch (error) {
    if (asProblem(error).code !== 'version_mismatch') {
      throw error;
    }
    return change(await get(image.id));
  }
}

async function deleteAll(images: Image[]): Promise<void> {
  try {
    const body = { ids: images.map(({ id }) => id) };
    const { deleted, failed } = await call<Deleted>('/v1/images:batchDelete', { method: 'POST', body });
    const gone = new Set(deleted);
    images.filter(({ id }) => gone.has(id)).forEach((image) => put({ ...image, state: 'deleted' }));
    const rest = failed[0] ? ` ${failed.length} stayed: ${failed[0].detail}.` : '';
    const undo = async () => { (await Promise.all(deleted.map(undelete))).forEach(put); };
    notify(`Deleted ${plural(deleted.length, 'photo')}.${rest}`, { label: 'Undo', run: () => void undo().catch(tell) });
  } catch (error) {
    tell(error);
  }
}

function tell(error: unknown): void {
  const problem = asProblem(error);
  notify(`${problem.message} ${problem.advice}`);
}
