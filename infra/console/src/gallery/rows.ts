// Where each picture lies: rows of one width and about one height, filled from left to right without cutting anything.
//
// The sizes of the originals decide, so that nothing moves when a picture comes. A row that is not full yet is held back
// while more may follow, for what comes next would move what is in it.

export interface Row {
  first: number;
  count: number;
  top: number;
  height: number;
  // Left edges of its pictures and, last, the right edge of the row plus a gap.
  lefts: number[];
}

export interface Layout {
  shapes: readonly Shape[];
  width: number;
  rows: Row[];
  height: number;
}

export const NOTHING: Layout = { shapes: [], width: 0, rows: [], height: 0 };

interface Shape {
  width: number;
  height: number;
}

export const GAP = 4;
// Panoramas and towers are shown cut in the gallery; whole on their own page.
const RATIO_MIN = 0.5;
const RATIO_MAX = 3;

function ratioOf(shapes: readonly Shape[], at: number): number {
  const shape = shapes[at];
  return shape ? Math.min(RATIO_MAX, Math.max(RATIO_MIN, shape.width / shape.height)) : 1;
}

// Rows of a phone are lower than those of a wall.
function rowHeight(width: number): number {
  return Math.round(Math.min(320, Math.max(110, width / 6)));
}

// Rows of `before` that the same shapes fill are taken over: what is listed page by page is laid out once.
export function layOut(shapes: readonly Shape[], width: number, whole: boolean, before: Layout): Layout {
  const wanted = rowHeight(width);
  const rows = width === before.width ? before.rows.slice(0, rowsOf(before, alike(shapes, before.shapes), width)) : [];
  const last = rows.at(-1);
  let [first, ratios, top] = last ? [last.first + last.count, 0, last.top + last.height + GAP] : [0, 0, 0];
  const close = (end: number, height: number) => {
    rows.push(placed(shapes, first, end, top, height));
    top += height + GAP;
    [first, ratios] = [end, 0];
  };
  for (let at = first; at < shapes.length; at += 1) {
    ratios += ratioOf(shapes, at);
    const gaps = (at - first) * GAP;
    if (ratios * wanted + gaps >= width) {
      close(at + 1, (width - gaps) / ratios);
    }
  }
  if (whole && first < shapes.length) {
    close(shapes.length, wanted);
  }
  return { shapes, width, rows, height: Math.max(0, top - GAP) };
}

// How many shapes from the first on are the same.
function alike(some: readonly Shape[], others: readonly Shape[]): number {
  const least = Math.min(some.length, others.length);
  let at = 0;
  while (at < least && some[at] === others[at]) at += 1;
  return at;
}

// Of rows that end before the shape `end`, those that are full; the last of a whole list may not be.
function rowsOf({ rows }: Layout, end: number, width: number): number {
  let count = rows.length;
  for (; count > 0; count -= 1) {
    const row = rows[count - 1];
    if (row && row.first + row.count <= end && (row.lefts.at(-1) ?? 0) - GAP >= width - 1) break;
  }
  return count;
}

function placed(shapes: readonly Shape[], first: number, end: number, top: number, height: number): Row {
  const lefts = [0];
  for (let at = first; at < end; at += 1) {
    lefts.push((lefts[at - first] ?? 0) + ratioOf(shapes, at) * height + GAP);
  }
  return { first, count: end - first, top, height, lefts };
}

// The rows to draw next on the way from those that are drawn to those that are wanted: so few more at a time that no frame
// takes long. What is not wanted any more goes at once.
export function towards({ rows }: Layout, now: [number, number], wanted: [number, number], seen: number, more: number): [number, number] {
  let from = Math.max(now[0], wanted[0]);
  let to = Math.min(now[1], wanted[1]);
  if (from >= to) {
    // Scrolled past all that was drawn: begin where somebody looks.
    from = Math.min(Math.max(seen, wanted[0]), wanted[1]);
    to = from;
  }
  for (let left = more; left > 0 && (to < wanted[1] || from > wanted[0]);) {
    const below = to < wanted[1];
    left -= rows[below ? to : from - 1]?.count ?? 1;
    if (below) to += 1;
    else from -= 1;
  }
  return [from, to];
}

// The first row that reaches below `y`.
export function rowAt({ rows }: Layout, y: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && row.top + row.height < y) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Rows to draw: those that are seen, and around them as many as the budget of pictures allows, first where one scrolls to.
export function around(layout: Layout, top: number, bottom: number, down: boolean, budget: number): [number, number] {
  const { rows } = layout;
  let from = Math.min(rowAt(layout, top), Math.max(0, rows.length - 1));
  let to = Math.min(rowAt(layout, bottom) + 1, rows.length);
  let spent = 0;
  for (let at = from; at < to; at += 1) spent += rows[at]?.count ?? 0;
  const reach = (bottom - top) * 1.5;
  for (const after of down ? [true, false] : [false, true]) {
    for (;;) {
      const next = after ? rows[to] : rows[from - 1];
      const near = next && (after ? next.top < bottom + reach : next.top + next.height > top - reach / 2);
      if (!next || !near || spent + next.count > budget) break;
      spent += next.count;
      if (after) to += 1;
      else from -= 1;
    }
  }
  return [from, to];
}
