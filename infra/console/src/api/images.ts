// Images, as the API tells of them and changes them.

import { call } from './call';

export type Consent = 'training' | 'none';
export type Visibility = 'public' | 'private';

export interface Suggestion {
  label: string;
  confidence: number;
  endpoint: string;
  model: string | null;
  state: 'open' | 'accepted' | 'corrected';
}

export interface Image {
  id: string;
  customer: string;
  version: number;
  state: 'live' | 'deleted';
  type: string;
  width: number;
  height: number;
  bytes: number;
  sha256: string;
  look?: { dominant_color: string; thumbhash: string };
  camera?: { make?: string; model?: string; taken_at?: string };
  name?: string;
  uploaded_at: string;
  labels: string[];
  consent: Consent;
  visibility: Visibility;
  erase_after?: string;
  url: string;
  feed?: 'pending' | 'announced' | 'staged';
  suggestion?: Suggestion;
}

export interface Page {
  images: Image[];
  next_cursor: string | null;
}

export interface Patch {
  labels?: string[];
  consent?: Consent;
  visibility?: Visibility;
  undelete?: boolean;
}

export interface Prediction {
  endpoint: string;
  variant: string | null;
  stored: boolean;
  prediction: unknown;
}

export interface SignedUrl {
  url: string;
  iiif: string;
  expires_at: string;
}

const PAGE = 200;

export function list(cursor: string | null, label: string, signal?: AbortSignal): Promise<Page> {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (cursor) query.set('cursor', cursor);
  if (label) query.set('label', label);
  return call(`/v1/images?${query}`, { signal });
}

export const get = (id: string): Promise<Image> => call(at(id));

// Of the version that the reader saw: what somebody else did meanwhile is not overwritten unseen.
export function patch({ id, version }: Image, change: Patch): Promise<Image> {
  return call(at(id), { method: 'PATCH', body: change, headers: { 'if-match': `"${version}"` } });
}

export const remove = (id: string): Promise<Image> => call(at(id), { method: 'DELETE' });
export const undelete = (id: string): Promise<Image> => call(at(id), { method: 'PATCH', body: { undelete: true } });

export const predict = (id: string): Promise<Prediction> => call(`${at(id)}/predictions`, { method: 'POST', body: {} });
export const sign = (id: string): Promise<SignedUrl> => call(`${at(id)}/signed-urls`, { method: 'POST', body: {} });

export async function snapshotsWith(id: string): Promise<{ dataset: string; snapshot: number }[]> {
  const { snapshots } = await call<{ snapshots: { dataset: string; snapshot: number }[] }>(`${at(id)}/snapshots`);
  return snapshots;
}

const at = (id: string) => `/v1/images/${id}`;
