// What the status page plots, made of the readings of the last minutes. A measure that the service does not have is null
// at all times, and the page says so.

import { buckets, quantile, since, total, type Reading } from './metrics';

export interface Point {
  at: number;
  value: number | null;
}

export interface Series {
  name: string;
  points: Point[];
}

// A ratio of the answers of half a minute: of two seconds it would jump.
const WINDOW = 15;

export function hitRatio(readings: Reading[]): Series[] {
  const share = (now: Reading, before: Reading | undefined): number | null => {
    const answered = (outcome: string) => {
      const value = total(now, 'darkroom_edge_answers_total', { outcome });
      const earlier = before ? total(before, 'darkroom_edge_answers_total', { outcome }) : 0;
      return value === null ? 0 : Math.max(0, value - (earlier ?? 0));
    };
    const hits = answered('hit') + answered('stale') + answered('revalidated');
    const all = hits + answered('miss');
    return all > 0 ? hits / all : null;
  };
  return [{ name: 'from the cache', points: windowed(readings, share) }];
}

export function latencies(readings: Reading[], route: 'delivery' | 'api'): Series[] {
  return [['half within', 0.5], ['99 % within', 0.99]].map(([name, share]) => ({
    name: String(name),
    points: windowed(readings, (now, before) => {
      const found = buckets(now, 'darkroom_http_seconds', { route });
      const earlier = before ? buckets(before, 'darkroom_http_seconds', { route }) : null;
      return found && quantile(since(found, earlier), Number(share));
    }),
  }));
}

export function gauge(readings: Reading[], metric: string, name: string): Series[] {
  return [{ name, points: readings.map((reading) => ({ at: reading.at, value: total(reading, metric) })) }];
}

export const isKnown = (readings: Reading[], metric: string) =>
  readings.some(({ samples }) => samples.some(({ name }) => name === metric || name === `${metric}_bucket`));

export const latest = ({ points }: Series): number | null => points.findLast(({ value }) => value !== null)?.value ?? null;

function windowed(readings: Reading[], value: (now: Reading, before: Reading | undefined) => number | null): Point[] {
  return readings.map((now, at) => ({ at: now.at, value: value(now, readings[at - WINDOW] ?? (at > 0 ? readings[0] : undefined)) }));
}
