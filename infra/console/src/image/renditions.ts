// Addresses of renditions, for this page and for others.

import type { Image } from '../api/images';

// Few widths, so that the edge has most of them already; each about half as large again as the one before.
const WIDTHS = [160, 240, 360, 540, 800, 1200, 1800, 2600];
const EMBEDDED_WIDTHS = [400, 800, 1200, 1600, 2400];

// On this page's own host, whatever name it was opened by: the session's cookie is there.
export const pathOf = ({ customer, id }: Image) => `/${customer}/${id}`;

// WebP at every size: all browsers show it, it is quickly made, and one rendition does for all of them.
function at(image: Image, width: number): string {
  return `${pathOf(image)}?fm=webp&w=${width}`;
}

function widthsUpTo(image: Image, widths: number[]): number[] {
  const smaller = widths.filter((width) => width < image.width);
  return smaller.length === widths.length ? widths : [...smaller, image.width];
}

export function sources(image: Image, max: number): { src: string; srcset: string } {
  const widths = widthsUpTo(image, WIDTHS.filter((width) => width <= max));
  const largest = widths.at(-1) ?? image.width;
  return { src: at(image, largest), srcset: widths.map((width) => `${at(image, width)} ${width}w`).join(', ') };
}

// For a page elsewhere: AVIF or WebP by what its visitor's browser takes.
export function embed(image: Image): string {
  const url = (width: number) => `${image.url}?auto=format&w=${width}`;
  const widths = widthsUpTo(image, EMBEDDED_WIDTHS);
  const lines = widths.map((width) => `    ${url(width)} ${width}w`).join(',\n');
  const alt = (image.labels.join(', ') || image.name || '').replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return [
    `<img src="${url(widths.find((width) => width >= 800) ?? widths.at(-1) ?? image.width)}"`,
    `  srcset="\n${lines}"`,
    '  sizes="(max-width: 800px) 100vw, 800px"',
    `  width="${image.width}" height="${image.height}" alt="${alt}" loading="lazy">`,
  ].join('\n');
}

export function iiif(image: Image): { base: string; info: string } {
  const base = `${new URL(image.url).origin}/${image.customer}/iiif/3/${image.id}`;
  return { base, info: `${base}/info.json` };
}
