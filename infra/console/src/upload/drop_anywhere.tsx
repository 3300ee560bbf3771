// Files may be dropped on any page; the upload page shows what becomes of them.

import { useEffect, useState } from 'preact/hooks';

import { changesImages, type User } from '../session/claims';
import { go } from '../shell/route';
import { filesOf, hasFiles } from './dropped';
import { add } from './queue';
import { wish } from './wish';

export function DropAnywhere({ user }: { user: User }) {
  const [over, setOver] = useState(false);
  const may = changesImages(user);
  useEffect(() => {
    if (!may) return undefined;
    const move = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      // Into another element of the page is not out of it.
      if (!event.relatedTarget) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      void filesOf(event.dataTransfer).then((files) => {
        add(files, wish.value);
        go({ page: 'upload' });
      });
    };
    addEventListener('dragenter', move);
    addEventListener('dragover', move);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    return () => {
      removeEventListener('dragenter', move);
      removeEventListener('dragover', move);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
    };
  }, [may]);
  return over ? <div class="drop-veil" aria-hidden="true"><p>Drop to upload</p></div> : null;
}
