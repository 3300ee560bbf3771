// Tickets: what will come, and what became of it.

import { call } from './call';
import type { Consent, Visibility } from './images';

export interface Wish {
  labels: string[];
  // Absent: as the customer decided for whatever says nothing.
  consent?: Consent;
  visibility?: Visibility;
}

export interface Ticket {
  id: string;
  key: string;
  state: 'waiting' | 'accepted' | 'refused';
  image?: string;
  code?: string;
  reason?: string;
}

export interface FileFacts {
  name: string;
  type: string;
  bytes: number;
}

export const ticketFor = (file: FileFacts, wish: Wish): Promise<Ticket> =>
  call('/v1/uploads', { method: 'POST', body: { ...file, ...wish } });
export const ticket = (id: string): Promise<Ticket> => call(`/v1/uploads/${id}`);
export const signStep = <T>(step: unknown): Promise<T> => call('/v1/uploads/sign', { method: 'POST', body: step });
