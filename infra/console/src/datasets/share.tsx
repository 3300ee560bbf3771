// A bar of parts of one whole, with a legend that says what the colours do.

import { count } from '../parts/words';

export interface Part {
  name: string;
  count: number;
}

export function Share({ label, parts }: { label: string; parts: Part[] }) {
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  return (
    <figure class="share" aria-label={label}>
      <div class="share-bar" aria-hidden="true">
        {parts.map(({ name, count: images }) => images > 0 && (
          <span key={name} class={`part part-${name}`} style={{ flexGrow: images / Math.max(total, 1) }} />
        ))}
      </div>
      <figcaption>
        {parts.map(({ name, count: images }) => (
          <span key={name} class="legend"><i class={`part part-${name}`} aria-hidden="true" />{name} <strong>{count(images)}</strong></span>
        ))}
      </figcaption>
    </figure>
  );
}
