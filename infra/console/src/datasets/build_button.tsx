// Asks for the next snapshot, and tells how far it is until it is published.

import { useState } from 'preact/hooks';

import { build, order, type Order } from '../api/datasets';
import { asProblem, Problem } from '../api/problem';
import { Failure } from '../parts/states';

const LOOK_MS = 1000;

interface Props {
  dataset: string;
  disabled?: boolean;
  done: (snapshot: number) => void;
}

export function BuildButton({ dataset, disabled, done }: Props) {
  const [now, setNow] = useState<Order | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const busy = now !== null && (now.state === 'waiting' || now.state === 'building');
  const run = async () => {
    setProblem(null);
    try {
      let state = await build(dataset);
      setNow(state);
      while (state.state === 'waiting' || state.state === 'building') {
        await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
        state = await order(dataset, state.request);
        setNow(state);
      }
      if (state.state === 'failed') {
        throw new Problem(0, 'build_failed', state.reason ?? 'the snapshot cannot be built');
      }
      done(state.snapshot ?? 0);
    } catch (error) {
      setNow(null);
      setProblem(asProblem(error));
    }
  };
  return (
    <div class="build">
      <button type="button" class="button primary" disabled={disabled || busy} onClick={() => void run()}>
        {busy ? 'Building…' : 'Build the next snapshot'}
      </button>
      {busy && <span class="quiet" role="status">{told(now)}</span>}
      {now?.state === 'published' && <span class="quiet" role="status">Snapshot {now.snapshot} holds everything of now.</span>}
      {problem && <Failure problem={problem} />}
    </div>
  );
}

function told({ state, images, built }: Order): string {
  if (state === 'waiting') return 'Waiting for its turn';
  return images ? `${built ?? 0} of ${images} images` : 'Reading the feed';
}
