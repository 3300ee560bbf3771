// Which rows are in the page: those near the screen, a few more with each frame, so that no frame takes long.
//
// Nobody sees a picture that flies past: while the gallery is scrolled faster than that, new ones are their blurs alone, and
// neither fetched nor decoded.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import { around, rowAt, towards, type Layout } from './rows';

// Pictures in the page.
const BUDGET = 150;
// Of new ones; what is left is drawn in the frames after.
const PICTURES_A_FRAME = 8;
const BLURS_A_FRAME = 16;
// How far from the end the next page is asked for.
const SCREENS_AHEAD = 4;
// Screens a second from which on nothing is recognised.
const FLYING = 5;
// How long it has to be slower, in milliseconds.
const CALM_MS = 100;

type Rows = [number, number];

interface Seen {
  drawn: Rows;
  // Of those, with more than their blur.
  pictured: Rows;
}

const NONE: Seen = { drawn: [0, 0], pictured: [0, 0] };

// Asks for more images when their end comes near.
export function useSeen(place: { current: HTMLElement | null }, layout: Layout, more: () => void, whole: boolean): Seen {
  const [seen, setSeen] = useState(NONE);
  const before = useRef({ top: 0, at: 0, calmAt: 0, seen });
  useLayoutEffect(() => {
    let asked = 0;
    const soon = () => { asked ||= requestAnimationFrame(look); };
    const look = () => {
      asked = 0;
      const element = place.current;
      if (!element) return;
      const top = Math.max(0, -element.getBoundingClientRect().top);
      const { current: last } = before;
      const [now, calmAt] = calm(top, last);
      const wanted = around(layout, top, top + innerHeight, top >= last.top, BUDGET);
      const flies = now < calmAt;
      const first = rowAt(layout, top);
      const drawn = towards(layout, last.seen.drawn, wanted, first, flies ? BLURS_A_FRAME : PICTURES_A_FRAME);
      const pictured = towards(layout, last.seen.pictured, drawn, first, flies ? 0 : PICTURES_A_FRAME);
      const next = same(last.seen, { drawn, pictured }) ? last.seen : { drawn, pictured };
      before.current = { top, at: now, calmAt, seen: next };
      setSeen(next);
      if (!equal(drawn, wanted) || !equal(pictured, drawn)) soon();
      if (!whole && layout.height - top < innerHeight * (SCREENS_AHEAD + 1)) more();
    };
    look();
    addEventListener('scroll', soon, { passive: true });
    addEventListener('resize', soon);
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener('scroll', soon);
      removeEventListener('resize', soon);
    };
  }, [layout, more, whole]);
  return seen;
}

// Now, and from when on the gallery moves slowly enough.
function calm(top: number, last: { top: number; at: number; calmAt: number }): [number, number] {
  const now = performance.now();
  const screens = Math.abs(top - last.top) / innerHeight;
  const flies = last.at > 0 && screens * 1000 > FLYING * (now - last.at);
  return [now, flies ? now + CALM_MS : last.calmAt];
}

const equal = (one: Rows, other: Rows) => one[0] === other[0] && one[1] === other[1];
const same = (one: Seen, other: Seen) => equal(one.drawn, other.drawn) && equal(one.pictured, other.pictured);
