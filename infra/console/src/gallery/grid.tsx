// The gallery's pictures, of which only those near the screen are in the page, however many there are.
//
// Every picture lies where the layout says, absolutely: drawing more or fewer of them moves nothing. The tab key stops
// once, at the picture that was last in focus; arrows go from there.

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { Image } from '../api/images';
import { go } from '../shell/route';
import { GAP, layOut, NOTHING, type Layout } from './rows';
import { useSeen } from './seen';
import { Tile } from './tile';

interface Props {
  images: Image[];
  whole: boolean;
  more: () => void;
  selected: ReadonlySet<string>;
  // Whether a click chooses a picture in place of opening it.
  selecting: boolean;
  toggle: ((image: Image) => void) | null;
}

export function Grid({ images, whole, more, selected, selecting, toggle }: Props) {
  const place = useRef<HTMLUListElement>(null);
  const width = useWidth(place);
  const before = useRef(NOTHING);
  const layout = useMemo(() => (before.current = layOut(width > 0 ? images : [], width, whole, before.current)), [images, width, whole]);
  const { drawn: [from, to], pictured } = useSeen(place, layout, more, whole);
  const { stop, onFocus, onKeyDown } = useArrows(place, layout, images, from, to, toggle);
  return (
    <ul class={whole ? 'grid' : 'grid growing'} ref={place} style={{ height: `${layout.height}px` }} aria-label="Photos" onKeyDown={onKeyDown}>
      {layout.rows.slice(from, to).flatMap((row, index) => images.slice(row.first, row.first + row.count).map((image, at) => (
        <Tile key={image.id} image={image} at={row.first + at} left={row.lefts[at] ?? 0} top={row.top}
          width={(row.lefts[at + 1] ?? 0) - (row.lefts[at] ?? 0) - GAP} height={row.height} stop={row.first + at === stop}
          pictured={from + index >= pictured[0] && from + index < pictured[1]} selected={selected.has(image.id)} selecting={selecting} toggle={toggle} onFocus={onFocus} />
      )))}
    </ul>
  );
}

function useWidth(place: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

function useArrows(
  place: { current: HTMLElement | null },
  layout: Layout,
  images: Image[],
  from: number,
  to: number,
  toggle: Props['toggle'],
) {
  const [focus, setFocus] = useState(0);
  const [wanted, setWanted] = useState<number | null>(null);
  const [first, last] = [layout.rows[from]?.first ?? 0, lastOf(layout, to - 1)];
  const stop = focus >= first && focus <= last ? focus : first;
  const onFocus = useCallback((at: number) => setFocus(at), []);
  useEffect(() => {
    if (wanted === null) return;
    const link = place.current?.querySelector<HTMLElement>(`[data-at="${wanted}"]`);
    if (link) {
      link.focus({ preventScroll: true });
      setWanted(null);
    }
  }, [wanted, from, to]);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = Number((event.target as HTMLElement).dataset['at'] ?? NaN);
    const image = images[at];
    if (Number.isNaN(at) || !image || event.altKey || event.metaKey || event.ctrlKey) return;
    if (event.key === 'x' && toggle) {
      toggle(image);
    } else if (event.key === ' ') {
      go({ page: 'image', id: image.id });
    } else {
      const next = target(layout, at, event.key);
      if (next === null) return;
      bringIntoView(place.current, layout, next);
      setWanted(next);
    }
    event.preventDefault();
  };
  return { stop, onFocus, onKeyDown };
}

// Where a key leads from a picture: beside it, or to the one above or below whose middle is nearest.
function target(layout: Layout, at: number, key: string): number | null {
  const index = layout.rows.findIndex(({ first, count }) => at >= first && at < first + count);
  const row = layout.rows[index];
  const end = lastOf(layout, layout.rows.length - 1);
  if (!row) return null;
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, at - 1);
    case 'ArrowRight':
      return Math.min(end, at + 1);
    case 'Home':
      return 0;
    case 'End':
      return end;
    case 'ArrowUp':
    case 'ArrowDown': {
      const other = layout.rows[index + (key === 'ArrowUp' ? -1 : 1)];
      const middle = ((row.lefts[at - row.first] ?? 0) + (row.lefts[at - row.first + 1] ?? 0)) / 2;
      const beside = other?.lefts.findIndex((_, next) => (other.lefts[next + 1] ?? Infinity) > middle) ?? 0;
      return other ? other.first + Math.min(beside, other.count - 1) : at;
    }
    default:
      return null;
  }
}

function lastOf({ rows }: Layout, index: number): number {
  const row = rows[index];
  return row ? row.first + row.count - 1 : 0;
}

function bringIntoView(element: HTMLElement | null, layout: Layout, at: number): void {
  const row = layout.rows.find(({ first, count }) => at >= first && at < first + count);
  if (!element || !row) return;
  const top = element.getBoundingClientRect().top + row.top;
  const margin = 96;
  if (top < margin) scrollBy(0, top - margin);
  else if (top + row.height > innerHeight - margin) scrollBy(0, top + row.height - innerHeight + margin);
}

