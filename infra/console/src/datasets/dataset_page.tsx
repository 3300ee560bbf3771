// One dataset: its snapshots, newest first, and how well models learnt from each.

import { useEffect } from 'preact/hooks';

import { models, snapshots, SPLITS, type SnapshotSummary } from '../api/datasets';
import { Icon } from '../parts/icon';
import { useLoaded } from '../parts/loaded';
import { Failure, Waiting } from '../parts/states';
import { count, moment, plural } from '../parts/words';
import { go, href } from '../shell/route';
import { Accuracy } from './accuracy';
import { BuildButton } from './build_button';
import { sum } from './reasons';

export function DatasetPage({ name }: { name: string }) {
  const { value, problem, again } = useLoaded(() => snapshots(name), [name]);
  const trained = useLoaded(() => models(name), [name]);
  useEffect(() => { document.title = `${name} – Darkroom`; }, [name]);
  return (
    <div class="page">
      <a class="back" href="#/datasets"><Icon name="left" />Datasets</a>
      <div class="page-head">
        <h1>{name}</h1>
        <BuildButton dataset={name} done={(number) => { again(); if (number > 0) go({ page: 'snapshot', name, number }); }} />
      </div>
      {problem && <Failure problem={problem} retry={again} title="The snapshots cannot be listed" />}
      {!value && !problem && <Waiting label="Loading the snapshots" />}
      {value && <Snapshots name={name} snapshots={value} />}
      <section class="panel" aria-labelledby="accuracy-title">
        <h2 id="accuracy-title">Accuracy by snapshot</h2>
        {trained.problem && <Failure problem={trained.problem} retry={trained.again} title="The models cannot be listed" />}
        {trained.value && <Accuracy models={trained.value} dataset={name} />}
      </section>
    </div>
  );
}

function Snapshots({ name, snapshots: all }: { name: string; snapshots: SnapshotSummary[] }) {
  if (all.length === 0) {
    return <p class="quiet">No snapshot yet. Build one: it takes what the feed holds now.</p>;
  }
  return (
    <section class="panel" aria-labelledby="snapshots-title">
      <h2 id="snapshots-title">{plural(all.length, 'snapshot')}</h2>
      <div class="scrolls" tabIndex={0} role="region" aria-label="Snapshots">
        <table>
          <thead>
            <tr>
              <th scope="col">Snapshot</th><th scope="col">Published</th>
              {SPLITS.map((split) => <th key={split} scope="col" class="number">{split}</th>)}
              <th scope="col" class="number">Left out</th><th scope="col">Classes</th>
            </tr>
          </thead>
          <tbody>
            {all.map((one) => (
              <tr key={one.snapshot}>
                <th scope="row"><a href={href({ page: 'snapshot', name, number: one.snapshot })}>{name}/{one.snapshot}</a></th>
                <td class="nowrap">{moment(one.published_at)}{one.replaces ? <span class="quiet"> in place of {one.replaces}</span> : null}</td>
                {SPLITS.map((split) => <td key={split} class="number">{count(one.images[split] ?? 0)}</td>)}
                <td class="number">{count(sum(one.left_out))}</td>
                <td>{one.classes.slice(0, 6).join(', ')}{one.classes.length > 6 ? ` and ${one.classes.length - 6} more` : ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
