// One image: large, with all that is known of it and all that its owner decides about it.

import { useCallback, useEffect, useState } from 'preact/hooks';

import { get, patch, type Image, type Patch } from '../api/images';
import { asProblem, type Problem } from '../api/problem';
import { library, neighbours, put } from '../gallery/library';
import { nameOf } from '../gallery/tile';
import { Icon, type IconName } from '../parts/icon';
import { Failure, Waiting } from '../parts/states';
import { moment } from '../parts/words';
import { changesImages, type User } from '../session/claims';
import { notify } from '../shell/notices';
import { go, href } from '../shell/route';
import { Embed } from './embed';
import { Facts } from './facts';
import { Labels } from './labels';
import { Predictions } from './predictions';
import { bringBack, Removal } from './removal';
import { Sharing } from './sharing';
import { Stage } from './stage';

export type Change = (change: Patch) => Promise<void>;

export function ImagePage({ id, user }: { id: string; user: User }) {
  const { image, problem, load, change } = useImage(id);
  const [zoomed, setZoomed] = useState(false);
  useKeys(id, zoomed);
  useEffect(() => {
    document.title = `${image ? nameOf(image) : 'Photo'} – Darkroom`;
    scrollTo(0, 0);
  }, [image?.id]);
  if (!image) {
    return (
      <div class="page">
        <a class="back" href="#/"><Icon name="left" />Photos</a>
        {problem ? <Failure problem={problem} retry={load} title="The photo cannot be shown" /> : <Waiting label="Loading the photo" rows={5} />}
      </div>
    );
  }
  const may = changesImages(user);
  const live = image.state === 'live';
  return (
    <div class="image-page">
      <div class="image-stage-side" style={{ '--ratio': String(image.width / image.height) } as Record<string, string>}>
        {live ? <Stage image={image} zoomed={zoomed} setZoomed={setZoomed} /> : <Gone image={image} may={may} />}
        <Ways id={id} />
      </div>
      <div class="image-panel">
        <h1>{nameOf(image)}</h1>
        <p class="quiet">Uploaded {moment(image.uploaded_at)}</p>
        {problem && <Failure problem={problem} retry={load} />}
        {live && (
          <>
            <Labels image={image} change={may ? change : null} />
            <Predictions image={image} change={may ? change : null} />
            <Sharing image={image} change={may ? change : null} />
            <Embed image={image} />
          </>
        )}
        <Facts image={image} />
        {live && may && <Removal image={image} deleted={put} />}
      </div>
    </div>
  );
}

// As the list knows it at once, then as it is now.
function useImage(id: string) {
  const [image, setImage] = useState<Image | null>(() => library.value.images.find((one) => one.id === id) ?? null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const take = (found: Image) => {
    setImage(found);
    put(found);
  };
  const load = useCallback(() => {
    setProblem(null);
    get(id).then(take, (error) => setProblem(asProblem(error)));
  }, [id]);
  useEffect(load, [load]);
  const change = useCallback(async (asked: Patch) => {
    if (!image) return;
    try {
      take({ ...image, ...(await patch(image, asked)) });
    } catch (error) {
      const failed = asProblem(error);
      if (failed.code === 'version_mismatch') load();
      notify(`${failed.message} ${failed.advice}`);
    }
  }, [image]);
  // What notices bring back, they put into the library.
  useEffect(() => library.subscribe(({ images }) => {
    const known = images.find((one) => one.id === id);
    if (known) setImage((now) => (now && known.version > now.version ? { ...now, ...known } : now));
  }), [id]);
  return { image, problem, load, change };
}

function useKeys(id: string, zoomed: boolean): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const typing = target.closest('input:not([type=checkbox]), textarea, select, [contenteditable], pre, .menu');
      if (typing || zoomed || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      const { before, after } = neighbours(id);
      const to = { ArrowLeft: before, ArrowRight: after }[event.key];
      if (to) go({ page: 'image', id: to.id });
      if (event.key === 'Escape') go({ page: 'photos' });
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [id, zoomed]);
}

// Back, and to the neighbours in the gallery.
function Ways({ id }: { id: string }) {
  const { before, after } = neighbours(id);
  return (
    <nav class="ways" aria-label="Photos beside this">
      <a class="way back-way" href="#/" aria-label="Back to the photos" title="Back (Escape)"><Icon name="left" /><span>Photos</span></a>
      <Way to={before} icon="left" label="Newer photo" />
      <Way to={after} icon="right" label="Older photo" />
    </nav>
  );
}

function Way({ to, icon, label }: { to: Image | undefined; icon: IconName; label: string }) {
  return to
    ? <a class={`way way-${icon}`} href={href({ page: 'image', id: to.id })} aria-label={label} title={label}><Icon name={icon} /></a>
    : null;
}

function Gone({ image, may }: { image: Image; may: boolean }) {
  return (
    <div class="stage gone">
      <h2>Deleted</h2>
      <p>{image.erase_after ? `It can be brought back until ${moment(image.erase_after)}; then it is erased for good.` : 'It is being erased.'}</p>
      {may && image.erase_after && (
        <button type="button" class="button" onClick={() => void bringBack(image.id)}><Icon name="undo" />Undo</button>
      )}
    </div>
  );
}
