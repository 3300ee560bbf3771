// Lines over the last minutes, with the value at the top written beside.

import type { Series } from './series';

const WIDTH = 320;
const HEIGHT = 96;
const FOOT = 4;
const SPAN_MS = 300_000;

interface Props {
  series: Series[];
  text: (value: number) => string;
  label: string;
  max?: number;
}

export function Plot({ series, text, label, max }: Props) {
  const values = series.flatMap(({ points }) => points.flatMap(({ value }) => (value === null ? [] : [value])));
  const top = max ?? Math.max(...values, 0);
  const end = Math.max(...series.flatMap(({ points }) => points.map(({ at }) => at)), 0);
  const x = (at: number) => WIDTH - ((end - at) / SPAN_MS) * WIDTH;
  const y = (value: number) => HEIGHT - FOOT - (top > 0 ? value / top : 0) * (HEIGHT - 2 * FOOT);
  const told = values.length > 0 ? `${label}: at most ${text(Math.max(...values))}` : `${label}: nothing yet`;
  return (
    <div class="live-plot">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={told}>
        <line class="plot-line" x1={0} x2={WIDTH} y1={FOOT} y2={FOOT} />
        <line class="plot-line" x1={0} x2={WIDTH} y1={HEIGHT - FOOT} y2={HEIGHT - FOOT} />
        {series.map(({ name, points }, at) => (
          <path key={name} class={`live-line line-${at}`} d={path(points.map(({ at: when, value }) => (value === null ? null : [x(when), y(value)])))} />
        ))}
      </svg>
      <span class="plot-top quiet" aria-hidden="true">{top > 0 ? text(top) : ''}</span>
    </div>
  );
}

// A point that is missing ends a line.
function path(points: (number[] | null)[]): string {
  let pen = 'M';
  return points.map((point) => {
    if (!point) {
      pen = 'M';
      return '';
    }
    const step = `${pen}${point.map((part) => part.toFixed(1)).join(' ')}`;
    pen = 'L';
    return step;
  }).join('');
}
