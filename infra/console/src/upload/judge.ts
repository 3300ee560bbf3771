// What can be said against a file before a byte of it is sent. The bytes themselves the service judges.

import { size } from '../parts/words';

// Listed one by one, and HEIC not among them: so that an iPhone converts what it has.
export const ACCEPTED = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff', 'bmp'].map((kind) => `image/${kind}`);
const BYTES_MAX = 50_000_000;

export function judge({ type, size: bytes, name }: { type: string; size: number; name: string }): string | null {
  if (bytes === 0) {
    return 'The file is empty. Choose it again; if it stays empty, copy it from where it came from.';
  }
  if (bytes > BYTES_MAX) {
    return `It has ${size(bytes)}; at most ${size(BYTES_MAX)} are taken. Save a smaller version and upload that.`;
  }
  if (/\.hei[cf]$/i.test(name)) {
    return 'HEIC is not taken. Save it as JPEG; on an iPhone choose it from Photos and not from Files, which converts it.';
  }
  if (!type.startsWith('image/')) {
    return 'This is no picture. Choose a JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP.';
  }
  return null;
}
