// What is said of the files that are chosen from now on; each can be told otherwise on its own page later.

import { useState } from 'preact/hooks';

import type { Consent, Visibility } from '../api/images';
import { labelsOf, wish } from './wish';

const CONSENTS: [Consent | '', string][] = [['', 'As your organisation decided'], ['training', 'Yes'], ['none', 'No']];
const VISIBILITIES: [Visibility, string][] = [['private', 'Your organisation'], ['public', 'Everybody']];

export function WishForm() {
  const [labels, setLabels] = useState(wish.value.labels.join(', '));
  return (
    <form class="wish" onSubmit={(event) => event.preventDefault()} aria-label="About the files you add">
      <label class="field">
        <span>Labels, separated by commas</span>
        <input value={labels} placeholder="cat, garden" onInput={(event) => {
          setLabels(event.currentTarget.value);
          wish.value = { ...wish.value, labels: labelsOf(event.currentTarget.value) };
        }} />
      </label>
      <Choice legend="May be trained on" name="consent" options={CONSENTS} value={wish.value.consent ?? ''}
        choose={(value) => { wish.value = { ...wish.value, consent: value || undefined }; }} />
      <Choice legend="Who sees them" name="visibility" options={VISIBILITIES} value={wish.value.visibility ?? 'private'}
        choose={(value) => { wish.value = { ...wish.value, visibility: value }; }} />
    </form>
  );
}

interface Props<T extends string> {
  legend: string;
  name: string;
  options: [T, string][];
  value: T;
  choose: (value: T) => void;
}

function Choice<T extends string>({ legend, name, options, value, choose }: Props<T>) {
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      <div class="choice-options">
        {options.map(([one, label]) => (
          <label key={one}>
            <input type="radio" name={name} value={one} checked={value === one} onChange={() => choose(one)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
