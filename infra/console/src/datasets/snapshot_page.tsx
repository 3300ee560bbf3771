// One snapshot: what it holds, how it is split, what it looks like, where it comes from, what was left out, and the code
// that opens it.

import { useEffect } from 'preact/hooks';

import { bucketOf, models, snapshot, SPLITS, type Snapshot } from '../api/datasets';
import { Icon } from '../parts/icon';
import { useLoaded } from '../parts/loaded';
import { Failure, Waiting } from '../parts/states';
import { count, moment, plural, size } from '../parts/words';
import { href } from '../shell/route';
import { Balance } from './balance';
import { Code } from './code';
import { LeftOut } from './left_out';
import { Lineage } from './lineage';

export function SnapshotPage({ name, number }: { name: string; number: number }) {
  const { value, problem, again } = useLoaded(() => snapshot(name, number), [name, number]);
  const trained = useLoaded(() => models(name), [name]);
  useEffect(() => { document.title = `${name}/${number} – Darkroom`; }, [name, number]);
  return (
    <div class="page">
      <a class="back" href={href({ page: 'dataset', name })}><Icon name="left" />{name}</a>
      <div class="page-head">
        <div>
          <h1>{name}/{number}</h1>
          {value && <p class="quiet">{plural(value.statistics.images, 'image')}, {size(value.statistics.bytes)}, published {moment(value.published_at)}</p>}
        </div>
      </div>
      {problem && <Failure problem={problem} retry={again} title="The snapshot cannot be shown" />}
      {!value && !problem && <Waiting label="Loading the snapshot" rows={6} />}
      {value && (
        <>
          <div class="columns even">
            <section class="panel" aria-labelledby="balance-title">
              <h2 id="balance-title">Class balance</h2>
              <Balance snapshot={value} />
            </section>
            <section class="panel" aria-labelledby="splits-title">
              <h2 id="splits-title">Splits</h2>
              <Splits snapshot={value} />
            </section>
          </div>
          <ContactSheet snapshot={value} renew={again} />
          <section class="panel" aria-labelledby="code-title">
            <h2 id="code-title">Open it</h2>
            <Code place={{ dataset: name, number, bucket: bucketOf(value) }} />
          </section>
          <div class="columns">
            <LeftOut snapshot={value} />
            <Lineage snapshot={value} models={(trained.value ?? []).filter((model) => model.snapshot === number)} />
          </div>
          <Files snapshot={value} />
        </>
      )}
    </div>
  );
}

function Splits({ snapshot: { splits } }: { snapshot: Snapshot }) {
  return (
    <table>
      <thead>
        <tr><th scope="col">Split</th><th scope="col" class="number">Images</th><th scope="col" class="number">Shards</th><th scope="col" class="number">Size</th></tr>
      </thead>
      <tbody>
        {SPLITS.map((split) => (
          <tr key={split}>
            <th scope="row"><span class="legend"><i class={`part part-${split}`} aria-hidden="true" />{split}</span></th>
            <td class="number">{count(splits[split]?.images ?? 0)}</td>
            <td class="number">{count(splits[split]?.shards.length ?? 0)}</td>
            <td class="number">{size(splits[split]?.bytes ?? 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ContactSheet({ snapshot: { files, dataset, snapshot: number }, renew }: { snapshot: Snapshot; renew: () => void }) {
  const sheet = files.find(({ name }) => name === 'contact_sheet.svg');
  if (!sheet) {
    return null;
  }
  return (
    <section class="panel" aria-labelledby="sheet-title">
      <h2 id="sheet-title">Contact sheet</h2>
      <div class="sheet" tabIndex={0} role="region" aria-label="Contact sheet">
        <img src={sheet.url} alt={`Some images of each class of ${dataset}/${number}`} onError={(event) => {
          // Its address lives for fifteen minutes: once is worth a try.
          if (event.currentTarget.dataset['tried'] === undefined) {
            event.currentTarget.dataset['tried'] = '';
            renew();
          }
        }} />
      </div>
    </section>
  );
}

function Files({ snapshot: { files } }: { snapshot: Snapshot }) {
  return (
    <section class="panel" aria-labelledby="files-of-title">
      <h2 id="files-of-title">Files</h2>
      <ul class="downloads">
        {files.map(({ name, bytes, url }) => (
          <li key={name}><a href={url} download={name.split('/').pop()}><Icon name="down" />{name}</a> <span class="quiet">{size(bytes)}</span></li>
        ))}
      </ul>
    </section>
  );
}
