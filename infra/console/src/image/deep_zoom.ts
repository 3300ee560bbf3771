// OpenSeadragon over the image's tiles (IIIF). It is loaded when somebody zooms, and not before.

import OpenSeadragon from 'openseadragon';

import type { Image } from '../api/images';
import { Problem, problemOf } from '../api/problem';
import { pathOf } from './renditions';

export interface DeepZoom {
  // Until the first tile is there, there is nothing to see.
  shown: Promise<void>;
  zoom(factor: number): void;
  whole(): void;
  close(): void;
}

export async function openDeepZoom(element: HTMLElement, image: Image): Promise<DeepZoom> {
  withoutInlineStyle();
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const viewer = OpenSeadragon({
    element,
    tileSources: [await tileSource(image)] as unknown as string[],
    // Two dimensions suffice, and every machine draws them.
    drawer: 'canvas',
    showNavigationControl: false,
    // Tiles are rendered when they are asked for: few at a time, and again what a busy service refused (429).
    imageLoaderLimit: 4,
    tileRetryMax: 4,
    tileRetryDelay: 1500,
    visibilityRatio: 0.8,
    minZoomImageRatio: 0.9,
    maxZoomPixelRatio: 3,
    animationTime: calm ? 0 : 0.7,
    gestureSettingsMouse: { clickToZoom: true, dblClickToZoom: true },
  });
  const shown = new Promise<void>((resolve) => { viewer.addOnceHandler('tile-drawn', () => resolve()); });
  return {
    shown,
    zoom: (factor) => { viewer.viewport.zoomBy(factor).applyConstraints(); },
    whole: () => { viewer.viewport.goHome(); },
    close: () => viewer.destroy(),
  };
}

// OpenSeadragon puts a <style> into the page, which the page's policy forbids, unless it finds one of that name. This one
// is called so and is of no namespace: to the browser it is no style at all.
function withoutInlineStyle(): void {
  if (!document.querySelector('style[data-openseadragon-mobile-css]')) {
    const stand = document.createElementNS(null, 'style');
    stand.setAttribute('data-openseadragon-mobile-css', 'true');
    document.head.append(stand);
  }
}

// Its `id` says where the service is reached from outside; the session's cookie is good where this page is.
async function tileSource(image: Image): Promise<Record<string, unknown>> {
  const base = `${location.origin}/${image.customer}/iiif/3/${image.id}`;
  const answer = await fetch(`${base}/info.json`);
  if (!answer.ok) {
    throw await problemOf(answer);
  }
  const info = (await answer.json()) as Record<string, unknown>;
  if (!info['tiles']) {
    throw new Problem(0, 'answer_unreadable', `${pathOf(image)} has no tiles`);
  }
  return { ...info, id: base };
}
