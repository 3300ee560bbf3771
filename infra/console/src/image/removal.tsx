// Deleting an image, which can be undone until it is erased: so nobody is asked whether they are sure.

import { useState } from 'preact/hooks';

import { remove, undelete, type Image } from '../api/images';
import { asProblem } from '../api/problem';
import { put } from '../gallery/library';
import { nameOf } from '../gallery/tile';
import { Icon } from '../parts/icon';
import { day } from '../parts/words';
import { notify } from '../shell/notices';
import { go } from '../shell/route';

export function Removal({ image, deleted }: { image: Image; deleted: (image: Image) => void }) {
  const [busy, setBusy] = useState(false);
  const act = async () => {
    setBusy(true);
    try {
      const gone = await remove(image.id);
      deleted(gone);
      go({ page: 'photos' });
      const until = gone.erase_after ? ` It can be brought back until ${day(gone.erase_after)}.` : '';
      notify(`Deleted ${nameOf(image)}.${until}`, { label: 'Undo', run: () => void bringBack(image.id) });
    } catch (error) {
      const problem = asProblem(error);
      notify(`${problem.message} ${problem.advice}`);
      setBusy(false);
    }
  };
  return (
    <section class="panel-part" aria-label="Delete">
      <button type="button" class="button danger" disabled={busy} onClick={() => void act()}>
        <Icon name="trash" />Delete photo
      </button>
    </section>
  );
}

export async function bringBack(id: string): Promise<void> {
  try {
    const image = await undelete(id);
    put(image);
    go({ page: 'image', id });
    notify(`${nameOf(image)} is back.`);
  } catch (error) {
    const problem = asProblem(error);
    notify(`${problem.message} ${problem.advice}`);
  }
}
