// The blur that stands where a picture will be: its ThumbHash, or its colour, or nothing.

import { thumbHashToDataURL } from 'thumbhash';

import type { Image } from '../api/images';

// Some screens full; what is scrolled past is made again when it comes back.
const KEPT_MAX = 600;
const kept = new Map<string, string>();

export function placeholder({ look }: Image): Record<string, string> {
  if (!look) {
    return {};
  }
  return { backgroundColor: look.dominant_color, backgroundImage: `url(${blur(look.thumbhash)})` };
}

function blur(hash: string): string {
  const known = kept.get(hash);
  if (known) {
    return known;
  }
  const url = thumbHashToDataURL(Uint8Array.from(atob(hash), (letter) => letter.charCodeAt(0)));
  kept.set(hash, url);
  const [oldest] = kept.keys();
  if (kept.size > KEPT_MAX && oldest !== undefined) {
    kept.delete(oldest);
  }
  return url;
}
