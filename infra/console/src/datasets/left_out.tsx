// What is not in the snapshot and why: counts by reason, and on demand which images.

import { useState } from 'preact/hooks';

import type { Snapshot } from '../api/datasets';
import { asProblem, Problem } from '../api/problem';
import { Failure } from '../parts/states';
import { count, plural } from '../parts/words';
import { reasonText, sum } from './reasons';

interface Line {
  customer: string;
  image: string;
  reason: string;
}

const SHOWN_MAX = 200;

export function LeftOut({ snapshot: { left_out: counts, files } }: { snapshot: Snapshot }) {
  const [lines, setLines] = useState<Line[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const file = files.find(({ name }) => name === 'left_out.jsonl');
  const total = sum(counts);
  const open = () => {
    if (file) read(file.url).then(setLines, (error) => setProblem(asProblem(error)));
  };
  return (
    <section class="panel" aria-labelledby="left-title">
      <h2 id="left-title">Left out</h2>
      {total === 0
        ? <p class="quiet">Nothing: every image of the feed is in it.</p>
        : (
          <>
            <dl class="counts">
              {Object.entries(counts).sort(([, one], [, other]) => other - one).map(([reason, images]) => (
                <div key={reason}><dt>{reasonText(reason)}</dt><dd>{count(images)}</dd></div>
              ))}
            </dl>
            {file && !lines && <button type="button" class="button small" onClick={open}>Show which</button>}
          </>
        )}
      {problem && <Failure problem={problem} retry={open} />}
      {lines && (
        <div class="scrolls short" tabIndex={0} role="region" aria-label="Images that were left out">
          <table>
            <thead><tr><th scope="col">Customer</th><th scope="col">Image</th><th scope="col">Why</th></tr></thead>
            <tbody>
              {lines.slice(0, SHOWN_MAX).map(({ customer, image, reason }) => (
                <tr key={`${customer}/${image}`}><td>{customer}</td><td class="code">{image}</td><td>{reasonText(reason)}</td></tr>
              ))}
            </tbody>
          </table>
          {lines.length > SHOWN_MAX && <p class="quiet">and {plural(lines.length - SHOWN_MAX, 'more', 'more')}: see left_out.jsonl</p>}
        </div>
      )}
    </section>
  );
}

async function read(url: string): Promise<Line[]> {
  const answer = await fetch(url);
  if (!answer.ok) {
    throw new Problem(answer.status, 'address_ended', 'the address of the list has ended; load the page again for a new one');
  }
  return (await answer.text()).split('\n').filter(Boolean).map((line) => JSON.parse(line) as Line);
}
