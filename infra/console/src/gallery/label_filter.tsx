// Which label the gallery shows: typed, or one of the commonest among the images that have been listed.

import { useEffect, useMemo, useState } from 'preact/hooks';

import type { Image } from '../api/images';
import { Icon } from '../parts/icon';

const COMMONEST = 6;

interface Props {
  label: string;
  images: Image[];
  choose: (label: string) => void;
}

export function LabelFilter({ label, images, choose }: Props) {
  const [text, setText] = useState(label);
  useEffect(() => setText(label), [label]);
  const labels = useMemo(() => commonest(images), [images]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    choose(text.trim());
  };
  return (
    <form class="filter" role="search" aria-label="Photos by label" onSubmit={submit}>
      <div class="filter-chips">
        {label === '' && labels.slice(0, COMMONEST).map((one) => (
          <button type="button" key={one} class="chip" onClick={() => choose(one)}>{one}</button>
        ))}
      </div>
      <div class="filter-field">
        <Icon name="tag" />
        <input type="search" aria-label="Label" placeholder="Label" list="labels" value={text}
          onInput={(event) => setText(event.currentTarget.value)} />
        <datalist id="labels">{labels.map((one) => <option key={one} value={one} />)}</datalist>
        {label !== '' && (
          <button type="button" class="icon-button" aria-label="Show all photos" onClick={() => choose('')}>
            <Icon name="close" />
          </button>
        )}
      </div>
    </form>
  );
}

function commonest(images: Image[]): string[] {
  const counts = new Map<string, number>();
  for (const label of images.flatMap((image) => image.labels)) {
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([label]) => label);
}
