// Datasets, their snapshots and the models that were trained on these.

import { call } from './call';
import { Problem } from './problem';

export const SPLITS = ['train', 'validation', 'test'] as const;
export type Split = (typeof SPLITS)[number];

export interface Dataset {
  name: string;
  latest: number | null;
}

export interface SnapshotSummary {
  snapshot: number;
  classes: string[];
  images: Record<Split, number>;
  left_out: Record<string, number>;
  published_at: string;
  replaces: number | null;
}

interface SnapshotPage {
  snapshots: SnapshotSummary[];
  next_cursor: number | null;
}

export interface Snapshot {
  dataset: string;
  snapshot: number;
  classes: string[];
  splits: Record<Split, { images: number; bytes: number; shards: { key: string; bytes: number; images: number; url: string }[] }>;
  index: { file: string; rows: number; sha256: string };
  left_out: Record<string, number>;
  positions: { topic: string; epoch: string; partition: number; seq: number; last: number; sha256: string }[];
  recipe: unknown;
  published_at: string;
  statistics: {
    images: number;
    bytes: number;
    by_class?: Record<string, number>;
    by_customer?: Record<string, number>;
    by_split_and_class?: Partial<Record<Split, Record<string, number>>>;
    by_type?: Record<string, number>;
  };
  files: { name: string; bytes: number; url: string }[];
}

export interface Model {
  name: string;
  snapshot: number;
  trained_at: string;
  accuracy: Partial<Record<Split, number>>;
}

export interface Order {
  request: string;
  state: 'waiting' | 'building' | 'published' | 'failed';
  images?: number;
  built?: number;
  snapshot?: number;
  reason?: string;
}

export async function datasets(): Promise<Dataset[]> {
  return (await call<{ datasets: Dataset[] }>('/v1/datasets')).datasets;
}

// All of them, newest first.
export async function snapshots(dataset: string): Promise<SnapshotSummary[]> {
  const all: SnapshotSummary[] = [];
  let cursor: number | null = null;
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor === null ? {} : { cursor: String(cursor) }) });
    const page: SnapshotPage = await call(`/v1/datasets/${dataset}/snapshots?${query}`);
    all.push(...page.snapshots);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return all;
}

export const snapshot = (dataset: string, number: number): Promise<Snapshot> =>
  call(`/v1/datasets/${dataset}/snapshots/${number}`);

// The last one first. Nothing can be trained on a dataset that has no snapshot yet (404).
export async function models(dataset: string): Promise<Model[]> {
  try {
    return (await call<{ models: Model[] }>(`/v1/datasets/${dataset}/models`)).models;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) {
      return [];
    }
    throw error;
  }
}

export const build = (dataset: string): Promise<Order> =>
  call(`/v1/datasets/${dataset}/snapshots`, { method: 'POST', body: {} });
export const order = (dataset: string, request: string): Promise<Order> =>
  call(`/v1/datasets/${dataset}/requests/${request}`);

// The feed's bucket, of which no answer tells by name: it stands in the address of a shard before the shard's key.
export function bucketOf({ splits, files }: Snapshot): string {
  const shard = SPLITS.flatMap((split) => splits[split]?.shards ?? [])[0];
  const { hostname, pathname } = new URL(shard?.url ?? files[0]?.url ?? location.href);
  const key = shard?.key ?? 'datasets/';
  const before = pathname.slice(1, Math.max(pathname.indexOf(key), 1)).replace(/\/$/, '');
  return before || hostname.split('.s3')[0] || 'FEED_BUCKET';
}
