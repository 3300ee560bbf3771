// The frame around every page: what it may show follows from the session, and which page from the address.

import { useLayoutEffect, useRef } from 'preact/hooks';

import { DatasetPage } from '../datasets/dataset_page';
import { DatasetsPage } from '../datasets/datasets_page';
import { SnapshotPage } from '../datasets/snapshot_page';
import { GalleryPage } from '../gallery/gallery_page';
import { forget } from '../gallery/library';
import { ImagePage } from '../image/image_page';
import { Empty } from '../parts/states';
import { readsDatasets, seesImages, type User } from '../session/claims';
import { state, user } from '../session/session';
import { SignInPage } from '../session/sign_in_page';
import { StatusPage } from '../status/status_page';
import { DropAnywhere } from '../upload/drop_anywhere';
import { dropAll } from '../upload/queue';
import { UploadPage } from '../upload/upload_page';
import { Bar } from './bar';
import { Notices } from './notices';
import { href, route, type Route } from './route';

let before = '';

// Whoever signs in again goes on where they were; anybody else finds nothing of theirs.
function meet({ email, customer }: User): void {
  const whose = `${customer}/${email}`;
  if (before !== whose) {
    before = whose;
    forget();
    dropAll();
  }
}

export function App() {
  const now = user.value;
  useLayoutEffect(() => { if (now) meet(now); }, [now]);
  if (state.value === 'starting') {
    return <div class="starting" role="status"><span class="quiet">Opening Darkroom…</span></div>;
  }
  const who = now;
  if (!who) {
    return <SignInPage />;
  }
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>Skip to content</a>
      <Bar user={who} />
      <Main to={landing(who, route.value)} who={who} />
      <DropAnywhere user={who} />
      <Notices />
    </>
  );
}

// Who sees no images begins with datasets.
function landing(who: User, to: Route): Route {
  return to.page === 'photos' && !seesImages(who) && readsDatasets(who) ? { page: 'datasets' } : to;
}

// The address behind `#` is a page's; jumping within one must not change it.
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Main({ to, who }: { to: Route; who: User }) {
  const main = useRef<HTMLElement>(null);
  const at = href(to);
  const first = useRef(true);
  // Where a page is changed without a load, screen readers and the tab key start at its beginning.
  useLayoutEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
  }, [at]);
  return <main id="main" tabIndex={-1} ref={main}>{page(to, who)}</main>;
}

function page(to: Route, who: User) {
  switch (to.page) {
    case 'photos':
      return <GalleryPage user={who} />;
    case 'image':
      return <ImagePage key={to.id} id={to.id} user={who} />;
    case 'upload':
      return <UploadPage user={who} />;
    case 'datasets':
      return <DatasetsPage user={who} />;
    case 'dataset':
      return <DatasetPage key={to.name} name={to.name} />;
    case 'snapshot':
      return <SnapshotPage key={`${to.name}/${to.number}`} name={to.name} number={to.number} />;
    case 'status':
      return <StatusPage />;
    default:
      return (
        <Empty title="Nothing is here" text="The address leads nowhere. It may have been cut off when it was copied.">
          <a class="button" href="#/">Go to the photos</a>
        </Empty>
      );
  }
}
