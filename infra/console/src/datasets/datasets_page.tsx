// All datasets, each with its last snapshot.

import { useEffect, useState } from 'preact/hooks';

import { datasets, snapshots, SPLITS, type Dataset } from '../api/datasets';
import { Empty, Failure, Waiting } from '../parts/states';
import { useLoaded } from '../parts/loaded';
import { moment, plural } from '../parts/words';
import { readsDatasets, type User } from '../session/claims';
import { href } from '../shell/route';
import { BuildButton } from './build_button';
import { Share } from './share';
import { sum } from './reasons';

const NAME = '[a-z0-9][a-z0-9\\-]{0,62}';

export function DatasetsPage({ user }: { user: User }) {
  const may = readsDatasets(user);
  const { value, problem, again } = useLoaded(() => (may ? datasets() : Promise.resolve([])), [may]);
  useEffect(() => { document.title = 'Datasets – Darkroom'; }, []);
  if (!may) {
    return <Empty title="Datasets cross customers" text="They are for the operator’s data scientists. Ask whoever runs Darkroom for the role “data-scientist”." />;
  }
  if (value?.length === 0) {
    return (
      <Empty title="No datasets yet" text="A dataset is a series of snapshots of what owners agreed to train on. Name one, and its first snapshot is built from what the feed holds now.">
        <FirstBuild done={again} />
      </Empty>
    );
  }
  return (
    <div class="page">
      <h1>Datasets</h1>
      {problem && <Failure problem={problem} retry={again} title="The datasets cannot be listed" />}
      {!value && !problem && <Waiting label="Loading the datasets" />}
      <ul class="cards">{value?.map((dataset) => <Card key={dataset.name} dataset={dataset} />)}</ul>
      {value && (
        <details class="panel">
          <summary>New dataset</summary>
          <FirstBuild done={again} />
        </details>
      )}
    </div>
  );
}

function Card({ dataset: { name, latest } }: { dataset: Dataset }) {
  const { value } = useLoaded(() => snapshots(name), [name]);
  const newest = value?.[0];
  return (
    <li class="card">
      <h2><a href={href({ page: 'dataset', name })}>{name}</a></h2>
      {latest === null && <p class="quiet">No snapshot yet</p>}
      {newest
        ? (
          <>
            <p class="quiet">Snapshot {newest.snapshot} · {moment(newest.published_at)}</p>
            <p>{plural(sum(newest.images), 'image')} in {plural(newest.classes.length, 'class', 'classes')}</p>
            <Share label={`Splits of ${name}`} parts={SPLITS.map((split) => ({ name: split, count: newest.images[split] ?? 0 }))} />
          </>
        )
        : latest !== null && <p class="quiet">Snapshot {latest}</p>}
    </li>
  );
}

function FirstBuild({ done }: { done: () => void }) {
  const [name, setName] = useState('');
  const good = new RegExp(`^${NAME}$`).test(name);
  return (
    <div class="first-build">
      <label class="field">
        <span>Name, such as “pets”</span>
        <input value={name} pattern={NAME} onInput={(event) => setName(event.currentTarget.value)} aria-describedby="name-rule" />
      </label>
      <p class="quiet" id="name-rule">Lower-case letters, digits and hyphens.</p>
      <BuildButton dataset={name} disabled={!good} done={done} />
    </div>
  );
}
