// One picture of the gallery: a link to its page.

import { memo } from 'preact/compat';

import type { Image } from '../api/images';
import { Icon } from '../parts/icon';
import { Blur, Picture } from '../parts/picture';
import { href } from '../shell/route';

interface Props {
  image: Image;
  at: number;
  left: number;
  top: number;
  width: number;
  height: number;
  // Whether the tab key stops here.
  stop: boolean;
  // Or its blur alone.
  pictured: boolean;
  selected: boolean;
  selecting: boolean;
  toggle: ((image: Image) => void) | null;
  onFocus: (at: number) => void;
}

const WIDTH_MAX = 1200;

export const Tile = memo(({ image, at, left, top, width, height, stop, pictured, selected, selecting, toggle, onFocus }: Props) => {
  const place = { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` };
  const open = (event: MouseEvent) => {
    // While pictures are being chosen, a click chooses.
    if (selecting && toggle && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      toggle(image);
    }
  };
  return (
    <li class={`tile${selected ? ' selected' : ''}${selecting ? ' selecting' : ''}`} style={place} aria-posinset={at + 1} aria-setsize={-1}>
      <a href={href({ page: 'image', id: image.id })} data-at={at} tabIndex={stop ? 0 : -1} onClick={open}
        onFocus={() => onFocus(at)}>
        {pictured
          ? <Picture image={image} alt={nameOf(image)} sizes={`${Math.ceil(width)}px`} widthMax={WIDTH_MAX} />
          : <Blur image={image} label={nameOf(image)} />}
        {image.labels.length > 0 && <span class="tile-labels">{image.labels.slice(0, 3).join(' · ')}</span>}
      </a>
      {pictured && toggle && (
        <button type="button" class="tile-choose" tabIndex={-1} aria-pressed={selected}
          aria-label={`${selected ? 'Leave out' : 'Choose'} ${nameOf(image)}`} onClick={() => toggle(image)}>
          <Icon name="check" />
        </button>
      )}
    </li>
  );
});

// What a picture is called where it has to be said.
export function nameOf({ name, labels, uploaded_at: uploaded }: Image): string {
  return name ?? (labels.length > 0 ? labels.join(', ') : `Image of ${uploaded.slice(0, 10)}`);
}
