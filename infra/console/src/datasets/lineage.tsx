// Where a snapshot comes from and what came of it: how far the feed was read, by which recipe, and the models.

import type { Model, Snapshot } from '../api/datasets';
import { Copyable } from '../parts/copyable';
import { moment, percent } from '../parts/words';
import { href } from '../shell/route';

export function Lineage({ snapshot, models }: { snapshot: Snapshot; models: Model[] }) {
  const { positions, recipe, index, published_at: published, statistics } = snapshot;
  const customers = Object.keys(statistics.by_customer ?? {});
  return (
    <section class="panel" aria-labelledby="lineage-title">
      <h2 id="lineage-title">Lineage</h2>
      <dl class="facts">
        <div><dt>Built from</dt><dd>{[...new Set(positions.map(({ topic, epoch }) => `${topic}, epoch ${epoch}`))].join('; ') || 'an empty feed'}</dd></div>
        {snapshot.snapshot > 1 && (
          <div>
            <dt>Before it</dt>
            <dd><a href={href({ page: 'snapshot', name: snapshot.dataset, number: snapshot.snapshot - 1 })}>{snapshot.dataset}/{snapshot.snapshot - 1}</a></dd>
          </div>
        )}
        <div><dt>Published</dt><dd>{moment(published)}</dd></div>
        <div><dt>Customers</dt><dd>{customers.join(', ') || 'none'}</dd></div>
        <div><dt>Index</dt><dd>{index.rows} rows, SHA-256 <span class="code">{index.sha256.slice(0, 16)}…</span></dd></div>
        <div>
          <dt>Models</dt>
          <dd>{models.length === 0 ? 'none was trained on it' : models.map(({ name, accuracy }) => (
            <span key={name} class="line">{name}{accuracy.test !== undefined ? `, ${percent(accuracy.test, 1)} on the test split` : ''}</span>
          ))}</dd>
        </div>
      </dl>
      {positions.length > 0 && (
        <div class="scrolls short" tabIndex={0} role="region" aria-label="How far the feed was read">
          <table>
            <thead><tr><th scope="col">Partition</th><th scope="col" class="number">Commit</th><th scope="col" class="number">Last offset</th><th scope="col">SHA-256</th></tr></thead>
            <tbody>
              {positions.map(({ epoch, partition, seq, last, sha256 }) => (
                <tr key={`${epoch}-${partition}`}><td>{partition}</td><td class="number">{seq}</td><td class="number">{last}</td><td class="code">{sha256.slice(0, 12)}…</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Copyable label="Recipe" text={JSON.stringify(recipe, null, 2)} language="json" />
    </section>
  );
}
