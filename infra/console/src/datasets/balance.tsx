// How many images of each class there are, by split.

import { SPLITS, type Snapshot } from '../api/datasets';
import { count } from '../parts/words';

export function Balance({ snapshot: { classes, statistics } }: { snapshot: Snapshot }) {
  const by = statistics.by_split_and_class ?? {};
  const none = (statistics.by_class ?? {})[''] ?? 0;
  const names = none > 0 ? [...classes, ''] : classes;
  const total = (name: string) => (statistics.by_class ?? {})[name] ?? 0;
  const most = Math.max(1, ...names.map(total));
  return (
    <div class="scrolls balance-frame" tabIndex={0} role="region" aria-label="Images of each class">
      <table class="balance">
        <thead class="unseen">
          <tr><th scope="col">Class</th><th scope="col">By split</th><th scope="col">Images</th></tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name || 'none, or several'}</th>
              <td>
                <div class="balance-bar" style={{ width: `${(total(name) / most) * 100}%` }}>
                  {SPLITS.map((split) => {
                    const images = by[split]?.[name] ?? 0;
                    return images > 0 && (
                      <span key={split} class={`part part-${split}`} style={{ flexGrow: images }} title={`${split}: ${count(images)}`}>
                        <span class="unseen">{split}: {count(images)} </span>
                      </span>
                    );
                  })}
                </div>
              </td>
              <td class="number">{count(total(name))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
