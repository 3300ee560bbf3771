// Pages by the part of the address behind `#`: a host of static files needs no rewrites.

import { computed, signal } from '@preact/signals';

export type Route =
  | { page: 'photos' }
  | { page: 'image'; id: string }
  | { page: 'upload' }
  | { page: 'datasets' }
  | { page: 'dataset'; name: string }
  | { page: 'snapshot'; name: string; number: number }
  | { page: 'status' }
  | { page: 'nowhere' };

const hash = signal(location.hash);
addEventListener('hashchange', () => { hash.value = location.hash; });

export const route = computed(() => parse(hash.value));

export function parse(text: string): Route {
  const [first = '', second, third] = text.replace(/^#\/?/, '').split('/').map(decode);
  switch (first) {
    case '':
      return { page: 'photos' };
    case 'images':
      return second ? { page: 'image', id: second } : { page: 'photos' };
    case 'upload':
      return { page: 'upload' };
    case 'datasets':
      return dataset(second, third);
    case 'status':
      return { page: 'status' };
    default:
      return { page: 'nowhere' };
  }
}

function dataset(name: string | undefined, number: string | undefined): Route {
  if (!name) return { page: 'datasets' };
  if (!number) return { page: 'dataset', name };
  return /^[1-9]\d*$/.test(number) ? { page: 'snapshot', name, number: Number(number) } : { page: 'nowhere' };
}

// An escape that is none is nowhere, not an error.
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function href(to: Route): string {
  switch (to.page) {
    case 'photos':
      return '#/';
    case 'image':
      return `#/images/${to.id}`;
    case 'dataset':
      return `#/datasets/${to.name}`;
    case 'snapshot':
      return `#/datasets/${to.name}/${to.number}`;
    default:
      return `#/${to.page}`;
  }
}

export function go(to: Route): void {
  location.hash = href(to);
}
