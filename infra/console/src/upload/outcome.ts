// What became of an upload: the service looks at the bytes when they are there, which takes a moment.

import { Problem } from '../api/problem';
import { ticket, type Ticket } from '../api/uploads';

const FIRST_MS = 150;
const LATER_MS_MAX = 2000;
const PATIENCE_MS = 180_000;

export async function outcome(upload: string): Promise<Ticket> {
  const until = Date.now() + PATIENCE_MS;
  for (let wait = FIRST_MS; Date.now() < until; wait = Math.min(wait * 1.5, LATER_MS_MAX)) {
    await new Promise((resolve) => { setTimeout(resolve, wait); });
    const found = await ticket(upload);
    if (found.state !== 'waiting') {
      return found;
    }
  }
  throw new Problem(0, 'upload_slow', 'the bytes have arrived, but Darkroom has not looked at them in three minutes');
}
