// Uploading: what is said of the files, where to drop them, and what becomes of each.

import { useEffect, useRef } from 'preact/hooks';

import { Icon } from '../parts/icon';
import { Empty } from '../parts/states';
import { plural } from '../parts/words';
import { changesImages, type User } from '../session/claims';
import { ItemRow } from './item_row';
import { ACCEPTED } from './judge';
import { add, dropFinished, items, progress } from './queue';
import { WishForm } from './wish_form';
import { wish } from './wish';

export function UploadPage({ user }: { user: User }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => { document.title = 'Upload – Darkroom'; }, []);
  if (!changesImages(user)) {
    return (
      <Empty title="You can look, but not upload" text="Your role is that of a viewer. Ask an administrator of your organisation for the role “uploader”.">
        <a class="button" href="#/">Go to the photos</a>
      </Empty>
    );
  }
  const take = () => {
    const element = input.current;
    if (!element?.files) return;
    add(element.files, wish.value);
    // So that the same file can be chosen again.
    element.value = '';
  };
  return (
    <div class="page">
      <h1>Upload</h1>
      <WishForm />
      <div class="drop-zone">
        <Icon name="upload" />
        <p><strong>Drop photos or folders here</strong></p>
        <p class="quiet">JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP, up to 50 MB each</p>
        <label class="button primary">
          Choose files
          <input type="file" multiple accept={ACCEPTED.join(',')} ref={input} onChange={take} class="unseen" />
        </label>
      </div>
      <Files />
    </div>
  );
}

function Files() {
  const all = items.value;
  const { active, total, share } = progress.value;
  const refused = all.filter(({ state }) => state === 'refused' || state === 'failed').length;
  if (all.length === 0) {
    return null;
  }
  const uploaded = total > 0 ? `${plural(total, 'file')} uploaded` : 'Nothing uploaded';
  const told = active > 0 ? `${plural(active, 'file')} of ${total} to go` : uploaded;
  return (
    <section class="files" aria-labelledby="files-title">
      <div class="panel-head">
        <h2 id="files-title"><span role="status">{told}{refused > 0 ? `, ${refused} not taken` : ''}</span></h2>
        {total > active && <button type="button" class="button small" onClick={dropFinished}>Clear finished</button>}
      </div>
      {total > 0 && <progress max={1} value={active > 0 ? share : 1} aria-label="All files" />}
      <ul class="file-list">{all.map((item) => <ItemRow key={item.id} item={item} />)}</ul>
    </section>
  );
}
