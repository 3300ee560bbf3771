// The picture, whole; and on demand the viewer that zooms into its tiles.

import { useEffect, useRef, useState } from 'preact/hooks';

import type { Image } from '../api/images';
import { asProblem, type Problem } from '../api/problem';
import { nameOf } from '../gallery/tile';
import { Icon, type IconName } from '../parts/icon';
import { Picture } from '../parts/picture';
import { Failure } from '../parts/states';
import type { DeepZoom } from './deep_zoom';

const WIDTH_MAX = 2600;
const SIZES = '(max-width: 900px) 100vw, calc(100vw - 400px)';

interface Props {
  image: Image;
  zoomed: boolean;
  setZoomed: (zoomed: boolean) => void;
}

export function Stage({ image, zoomed, setZoomed }: Props) {
  const alt = image.labels.length > 0 ? `${nameOf(image)}: ${image.labels.join(', ')}` : nameOf(image);
  if (zoomed) {
    return <Zoom image={image} alt={alt} leave={() => setZoomed(false)} />;
  }
  return (
    <div class="stage">
      <button type="button" class="stage-picture" onClick={() => setZoomed(true)}
        aria-label={`Zoom into ${alt}`}>
        <Picture image={image} alt={alt} sizes={SIZES} widthMax={WIDTH_MAX} eager />
      </button>
      <span class="stage-hint" aria-hidden="true"><Icon name="zoomIn" />Zoom</span>
    </div>
  );
}

function Zoom({ image, alt, leave }: { image: Image; alt: string; leave: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  const viewer = useRef<DeepZoom | null>(null);
  const [state, setState] = useState<'loading' | 'open' | Problem>('loading');
  useEffect(() => {
    let gone = false;
    const begin = async () => {
      const { openDeepZoom } = await import('./deep_zoom');
      if (gone || !place.current) return;
      const opened = await openDeepZoom(place.current, image);
      if (gone) {
        opened.close();
        return;
      }
      viewer.current = opened;
      await opened.shown;
      if (!gone) setState('open');
    };
    begin().catch((error) => { if (!gone) setState(asProblem(error)); });
    return () => {
      gone = true;
      viewer.current?.close();
    };
  }, [image.id]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      leave();
    }
  };
  return (
    <div class="stage zooming" onKeyDown={onKeyDown}>
      {state !== 'open' && (
        <div class="stage-picture" aria-hidden="true">
          <Picture image={image} alt="" sizes={SIZES} widthMax={WIDTH_MAX} eager />
        </div>
      )}
      <div class="deep-zoom" ref={place} role="application" aria-label={`${alt}. Plus and minus zoom, arrows move.`} />
      {state === 'loading' && <p class="stage-told" role="status">Loading the viewer…</p>}
      {typeof state === 'object' && <Failure problem={state} retry={leave} title="The viewer cannot be opened" />}
      <div class="stage-tools" role="toolbar" aria-label="Zoom">
        <Tool icon="plus" label="Zoom in" act={() => viewer.current?.zoom(1.6)} />
        <Tool icon="minus" label="Zoom out" act={() => viewer.current?.zoom(1 / 1.6)} />
        <Tool icon="whole" label="Whole picture" act={() => viewer.current?.whole()} />
        <Tool icon="close" label="Close the viewer" act={leave} first />
      </div>
    </div>
  );
}

function Tool({ icon, label, act, first }: { icon: IconName; label: string; act: () => void; first?: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  // The button that opened the viewer is gone; the one that closes it is next.
  useEffect(() => { if (first) button.current?.focus(); }, []);
  return (
    <button type="button" class="tool" ref={button} aria-label={label} title={label} onClick={act}><Icon name={icon} /></button>
  );
}
