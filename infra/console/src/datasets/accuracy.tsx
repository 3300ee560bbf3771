// How well models learnt from one snapshot after another: a plot, and the same numbers as a table.

import { SPLITS, type Model, type Split } from '../api/datasets';
import { day, percent } from '../parts/words';

const WIDTH = 720;
const HEIGHT = 240;
const EDGE = { left: 52, right: 16, top: 12, bottom: 36 };
const LINES = [0, 0.25, 0.5, 0.75, 1];

export function Accuracy({ models, dataset }: { models: Model[]; dataset: string }) {
  if (models.length === 0) {
    return <p class="quiet">No model was trained on it yet. “darkroom train {dataset}” trains one on the last snapshot.</p>;
  }
  const oldest = [...models].sort((one, other) => one.snapshot - other.snapshot || one.trained_at.localeCompare(other.trained_at));
  return (
    <>
      <div class="scrolls" tabIndex={0} role="region" aria-label="Plot of the accuracy"><Plot models={oldest} /></div>
      <p class="legends">{SPLITS.map((split) => <span key={split} class="legend"><i class={`part part-${split}`} aria-hidden="true" />{split}</span>)}</p>
      <div class="scrolls" tabIndex={0} role="region" aria-label="Models">
        <table>
          <thead>
            <tr><th scope="col">Model</th><th scope="col">Snapshot</th><th scope="col">Trained</th>
              {SPLITS.map((split) => <th key={split} scope="col" class="number">{split}</th>)}</tr>
          </thead>
          <tbody>
            {[...oldest].reverse().map((model) => (
              <tr key={model.name}>
                <th scope="row">{model.name}</th><td>{model.snapshot}</td><td>{day(model.trained_at)}</td>
                {SPLITS.map((split) => <td key={split} class="number">{told(model, split)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function told({ accuracy }: Model, split: Split): string {
  const share = accuracy[split];
  return share === undefined || share === null ? '–' : percent(share, 1);
}

function Plot({ models }: { models: Model[] }) {
  const numbers = [...new Set(models.map(({ snapshot }) => snapshot))];
  const step = (WIDTH - EDGE.left - EDGE.right) / numbers.length;
  const x = (number: number) => EDGE.left + (numbers.indexOf(number) + 0.5) * step;
  const y = (share: number) => EDGE.top + (1 - share) * (HEIGHT - EDGE.top - EDGE.bottom);
  return (
    <svg class="plot" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={summary(models)}>
      {LINES.map((share) => (
        <g key={share}>
          <line class="plot-line" x1={EDGE.left} x2={WIDTH - EDGE.right} y1={y(share)} y2={y(share)} />
          <text class="plot-text" x={EDGE.left - 8} y={y(share) + 4} text-anchor="end">{percent(share)}</text>
        </g>
      ))}
      {numbers.map((number) => <text key={number} class="plot-text" x={x(number)} y={HEIGHT - 12} text-anchor="middle">{number}</text>)}
      {SPLITS.map((split) => <Series key={split} split={split} points={pointsOf(models, split).map(([number, share]) => [x(number), y(share)])} />)}
    </svg>
  );
}

function Series({ split, points }: { split: Split; points: number[][] }) {
  return (
    <g class={`series series-${split}`}>
      <polyline points={points.map((point) => point.join(',')).join(' ')} />
      {points.map(([cx, cy]) => <circle key={`${cx}-${cy}`} cx={cx} cy={cy} r={split === 'test' ? 5 : 3.5} />)}
    </g>
  );
}

// Of several models of one snapshot the last one trained.
function pointsOf(models: Model[], split: Split): [number, number][] {
  const points = new Map<number, number>();
  for (const { snapshot, accuracy } of models) {
    const share = accuracy[split];
    if (typeof share === 'number') points.set(snapshot, share);
  }
  return [...points];
}

function summary(models: Model[]): string {
  const points = pointsOf(models, 'test');
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return 'Accuracy by snapshot';
  return `Accuracy on the test split, from ${percent(first[1], 1)} on snapshot ${first[0]} to ${percent(last[1], 1)} on snapshot ${last[0]}`;
}
