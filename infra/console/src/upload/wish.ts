// What is said of the files that are chosen from now on: labels, consent, visibility.

import { signal } from '@preact/signals';

import type { Wish } from '../api/uploads';

export const wish = signal<Wish>({ labels: [] });

export function labelsOf(text: string): string[] {
  return [...new Set(text.split(',').map((label) => label.trim()).filter(Boolean))];
}
