// What the owners decide: whether models may be trained on the image, and who may see it.

import { useState } from 'preact/hooks';

import type { Image, Patch } from '../api/images';
import { Icon, type IconName } from '../parts/icon';
import type { Change } from './image_page';

export function Sharing({ image, change }: { image: Image; change: Change | null }) {
  const [busy, setBusy] = useState(false);
  const set = async (asked: Patch) => {
    if (!change || busy) return;
    setBusy(true);
    await change(asked);
    setBusy(false);
  };
  const trained = image.consent === 'training';
  const open = image.visibility === 'public';
  return (
    <section class="panel-part" aria-labelledby="sharing-title">
      <h2 id="sharing-title">Consent and visibility</h2>
      <Switch icon="spark" on={trained} disabled={!change} busy={busy} label="May be trained on"
        text={trained ? 'The next snapshot may hold it.' : 'No snapshot that is begun from now on holds it.'}
        set={(on) => void set({ consent: on ? 'training' : 'none' })} />
      <Switch icon={open ? 'globe' : 'lock'} on={open} disabled={!change} busy={busy} label="Public"
        text={open ? 'Whoever has the address sees it.' : 'Only your organisation sees it.'}
        set={(on) => void set({ visibility: on ? 'public' : 'private' })} />
    </section>
  );
}

interface Props {
  icon: IconName;
  on: boolean;
  disabled: boolean;
  // Until the answer is there. Not disabled: what has the focus would lose it.
  busy: boolean;
  label: string;
  text: string;
  set: (on: boolean) => void;
}

function Switch({ icon, on, disabled, busy, label, text, set }: Props) {
  return (
    <label class="switch-row">
      <Icon name={icon} />
      <span class="switch-text">
        <strong>{label}</strong>
        <span class="quiet">{text}</span>
      </span>
      <input type="checkbox" role="switch" class="switch" checked={on} disabled={disabled} aria-busy={busy}
        onChange={(event) => {
          // The answer decides what it shows.
          event.currentTarget.checked = on;
          set(!on);
        }} />
    </label>
  );
}
