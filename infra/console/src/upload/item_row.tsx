// One file on its way: how far it is, what can be done with it, and why it was not taken.

import { useEffect, useState } from 'preact/hooks';

import { Icon, type IconName } from '../parts/icon';
import { Picture } from '../parts/picture';
import { percent, size } from '../parts/words';
import { href } from '../shell/route';
import { drop, pause, retry, type Item, type State } from './queue';

const TOLD: Record<State, string> = {
  waiting: 'Waiting',
  uploading: 'Uploading',
  paused: 'Paused',
  checking: 'Being looked at',
  done: 'Uploaded',
  refused: 'Not taken',
  failed: 'Failed',
};
// Larger ones take longer to decode than to send.
const PREVIEW_BYTES_MAX = 12_000_000;

export function ItemRow({ item }: { item: Item }) {
  const { id, file, state, share, reason, image } = item;
  const moving = state === 'uploading' || state === 'paused';
  return (
    <li class={`file ${state}`} data-state={state}>
      <span class="file-picture">
        {image ? <Picture image={image} alt="" sizes="48px" widthMax={160} /> : <Preview file={file} />}
      </span>
      <span class="file-text">
        {image ? <a href={href({ page: 'image', id: image.id })}>{file.name}</a> : <strong>{file.name}</strong>}
        <span class="quiet">{TOLD[state]}{moving ? ` ${percent(share)}` : ''} · {size(file.size)}</span>
        {reason && <span class="file-reason" role="alert">{reason}</span>}
      </span>
      <span class="file-acts">
        {state === 'uploading' && <Act icon="pause" label={`Pause ${file.name}`} act={() => void pause(id, true)} />}
        {state === 'paused' && <Act icon="play" label={`Resume ${file.name}`} act={() => void pause(id, false)} />}
        {state === 'failed' && <Act icon="retry" label={`Try ${file.name} again`} act={() => retry(id)} />}
        <Act icon="close" label={`${moving ? 'Cancel' : 'Remove from the list:'} ${file.name}`} act={() => void drop(id)} />
      </span>
      {moving && <progress max={1} value={share} aria-label={`${file.name}, uploaded`} />}
    </li>
  );
}

function Act({ icon, label, act }: { icon: IconName; label: string; act: () => void }) {
  return <button type="button" class="icon-button" aria-label={label} title={label} onClick={act}><Icon name={icon} /></button>;
}

function Preview({ file }: { file: File }) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    if (file.size > PREVIEW_BYTES_MAX) return undefined;
    const own = URL.createObjectURL(file);
    setUrl(own);
    return () => URL.revokeObjectURL(own);
  }, [file]);
  return url ? <img src={url} alt="" loading="lazy" onError={() => setUrl('')} /> : <Icon name="file" />;
}
