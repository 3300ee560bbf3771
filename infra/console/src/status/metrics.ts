// Prometheus' text, read, and what follows from two readings of it.

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Reading {
  at: number;
  samples: Sample[];
}

// Observations up to each bound, and in all.
export interface Buckets {
  bounds: number[];
  counts: number[];
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export function parse(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const found = LINE.exec(line);
    if (!found) return [];
    const labels = Object.fromEntries([...(found[2] ?? '').matchAll(LABEL)].map(([, name, value]) => [name, value]));
    return [{ name: found[1] ?? '', labels, value: Number(found[3]) }];
  });
}

// The sum over all series of a name with these labels; null where there is none.
export function total({ samples }: Reading, name: string, labels: Record<string, string> = {}): number | null {
  const found = samples.filter((sample) => sample.name === name && matches(sample, labels));
  return found.length > 0 ? found.reduce((sum, { value }) => sum + value, 0) : null;
}

export function buckets({ samples }: Reading, name: string, labels: Record<string, string> = {}): Buckets | null {
  const counts = new Map<number, number>();
  for (const sample of samples) {
    if (sample.name === `${name}_bucket` && matches(sample, labels)) {
      const bound = sample.labels['le'] === '+Inf' ? Infinity : Number(sample.labels['le']);
      counts.set(bound, (counts.get(bound) ?? 0) + sample.value);
    }
  }
  const bounds = [...counts.keys()].sort((one, other) => one - other);
  return bounds.length > 0 ? { bounds, counts: bounds.map((bound) => counts.get(bound) ?? 0) } : null;
}

// What came in between. A counter that fell began anew with the process.
export function since(now: Buckets, before: Buckets | null): Buckets {
  const counts = now.counts.map((count, at) => count - (before?.counts[at] ?? 0));
  return counts.some((count) => count < 0) ? now : { bounds: now.bounds, counts };
}

// The value below which a share of the observations lie, between the bounds of its bucket; null where nothing was observed.
export function quantile({ bounds, counts }: Buckets, share: number): number | null {
  const all = counts.at(-1) ?? 0;
  if (all <= 0) return null;
  const wanted = share * all;
  const at = counts.findIndex((count) => count >= wanted);
  const [low, high] = [bounds[at - 1] ?? 0, bounds[at] ?? Infinity];
  if (high === Infinity) return low;
  const [below, within] = [counts[at - 1] ?? 0, (counts[at] ?? 0) - (counts[at - 1] ?? 0)];
  return low + (high - low) * (within > 0 ? (wanted - below) / within : 1);
}

function matches(sample: Sample, labels: Record<string, string>): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}
