// The customer's images as far as they have been listed, newest first. It outlives the pages, so that going back from an
// image finds the gallery as it was.

import { signal } from '@preact/signals';

import { list, type Image } from '../api/images';
import { asProblem, type Problem } from '../api/problem';

export interface Library {
  label: string;
  images: Image[];
  // Of the next page; null when all are here.
  cursor: string | null;
  state: 'new' | 'loading' | 'idle' | 'failed';
  problem: Problem | null;
}

const nothing = (label: string): Library => ({ label, images: [], cursor: null, state: 'new', problem: null });

export const library = signal<Library>(nothing(''));
// Where the gallery was scrolled to.
export const scrolled = { y: 0 };

let abort = new AbortController();

export const isWhole = ({ state, cursor }: Library) => state === 'idle' && cursor === null;

// Begins anew, with the images that have a label, or with all.
export function show(label: string): void {
  abort.abort();
  abort = new AbortController();
  scrolled.y = 0;
  library.value = nothing(label);
  void more();
}

export async function more(): Promise<void> {
  const before = library.value;
  if (before.state === 'loading' || isWhole(before)) {
    return;
  }
  library.value = { ...before, state: 'loading', problem: null };
  const { signal: stop } = abort;
  try {
    const { images, next_cursor: cursor } = await list(before.cursor, before.label, stop);
    const added = new Map(images.map((image) => [image.id, image]));
    library.value.images.forEach(({ id }) => added.delete(id));
    library.value = { ...library.value, images: [...library.value.images, ...added.values()], cursor, state: 'idle' };
  } catch (error) {
    if (!stop.aborted) {
      library.value = { ...library.value, state: 'failed', problem: asProblem(error) };
    }
  }
}

// What was changed elsewhere on the page is changed here: without another look at the list.
export function put(image: Image): void {
  const { images, label, state } = library.value;
  if (state === 'new') {
    return;
  }
  const at = images.findIndex(({ id }) => id === image.id);
  const belongs = image.state === 'live' && (label === '' || image.labels.includes(label));
  if (at >= 0) {
    set(belongs ? images.with(at, image) : images.toSpliced(at, 1));
  } else if (belongs) {
    const place = images.findIndex(({ uploaded_at: uploaded }) => uploaded <= image.uploaded_at);
    const isOlderThanAll = place < 0;
    if (!isOlderThanAll || library.value.cursor === null) {
      set(isOlderThanAll ? [...images, image] : images.toSpliced(place, 0, image));
    }
  }
}

// Of another user nothing is left.
export function forget(): void {
  abort.abort();
  abort = new AbortController();
  scrolled.y = 0;
  library.value = nothing('');
}

export function neighbours(id: string): { before: Image | undefined; after: Image | undefined } {
  const { images } = library.value;
  const at = images.findIndex((image) => image.id === id);
  return at < 0 ? { before: undefined, after: undefined } : { before: images[at - 1], after: images[at + 1] };
}

const set = (images: Image[]) => { library.value = { ...library.value, images }; };
