// All images of the customer, or those with a label.

import { useCallback, useEffect, useLayoutEffect, useState } from 'preact/hooks';

import type { Image } from '../api/images';
import { Icon } from '../parts/icon';
import { Empty, Failure } from '../parts/states';
import { plural } from '../parts/words';
import { changesImages, seesImages, type User } from '../session/claims';
import { Chosen } from './chosen';
import { Grid } from './grid';
import { LabelFilter } from './label_filter';
import { isWhole, library, more, scrolled, show } from './library';

export function GalleryPage({ user }: { user: User }) {
  const may = seesImages(user);
  useEffect(() => {
    document.title = 'Photos – Darkroom';
    if (may && library.value.state === 'new') show('');
    // What a session that ended left undone goes on.
    if (may && library.value.state === 'failed') void more();
  }, [may, user]);
  useScrollAsItWas();
  const [chosen, setChosen] = useState<ReadonlyMap<string, Image>>(new Map());
  const toggle = useCallback((image: Image) => setChosen((before) => {
    const after = new Map(before);
    if (!after.delete(image.id)) after.set(image.id, image);
    return after;
  }), []);
  const [selecting, setSelecting] = useState(false);
  const ask = useCallback(() => void more(), []);
  if (!may) {
    return <Empty title="No photos for you" text="Your account belongs to no customer, or has no role that sees images. Ask an administrator." />;
  }
  const now = library.value;
  const { images, label, state, problem } = now;
  const whole = isWhole(now);
  if (whole && images.length === 0 && label === '') {
    return <First user={user} />;
  }
  return (
    <div class="gallery">
      <div class="gallery-head">
        <h1>{label ? `“${label}”` : 'Photos'}</h1>
        <span class="gallery-count quiet">{whole ? plural(images.length, 'photo') : ''}</span>
        {changesImages(user) && (
          <button type="button" class="button small select" disabled={images.length === 0} aria-pressed={selecting} onClick={() => setSelecting(!selecting)}>
            {selecting ? 'Done' : 'Select'}
          </button>
        )}
        <LabelFilter label={label} images={images} choose={show} />
      </div>
      {whole && images.length === 0 && (
        <div class="empty inline">
          <p>No photo is labelled “{label}”.</p>
          <button type="button" class="button" onClick={() => show('')}>Show all photos</button>
        </div>
      )}
      <Grid images={images} whole={whole} more={ask} selected={new Set(chosen.keys())}
        selecting={selecting || chosen.size > 0} toggle={changesImages(user) ? toggle : null} />
      {state === 'failed' && problem && <Failure problem={problem} retry={ask} title="The list could not be fetched" />}
      <p class="gallery-foot" role="status">{state === 'loading' ? 'Loading…' : ''}</p>
      <Chosen images={[...chosen.values()]} clear={() => { setChosen(new Map()); setSelecting(false); }} />
    </div>
  );
}

function First({ user }: { user: User }) {
  const text = 'What you and your colleagues upload is here, newest first. Nobody outside sees it unless you publish it.';
  return (
    <Empty title="No photos yet" text={text}>
      {changesImages(user) && <a class="button primary" href="#/upload"><Icon name="upload" />Upload the first</a>}
    </Empty>
  );
}

function useScrollAsItWas(): void {
  useLayoutEffect(() => {
    const y = scrolled.y;
    // The grid has its height after the first layout.
    const frame = requestAnimationFrame(() => scrollTo(0, y));
    const note = () => { scrolled.y = scrollY; };
    addEventListener('scroll', note, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', note);
    };
  }, []);
}
