// The bar with the pages a user may open, what is being uploaded, and who is signed in. On a phone it lies below.

import { changesImages, readsDatasets, seesImages, seesStatus, type User } from '../session/claims';
import { Icon, type IconName } from '../parts/icon';
import { Menu } from '../parts/menu';
import { signOut } from '../session/session';
import { progress } from '../upload/queue';
import { notify } from './notices';
import { href, route, type Route } from './route';

interface Item {
  to: Route;
  label: string;
  icon: IconName;
  shows: (user: User) => boolean;
  within: Route['page'][];
}

const ITEMS: Item[] = [
  { to: { page: 'photos' }, label: 'Photos', icon: 'photos', shows: seesImages, within: ['photos', 'image'] },
  { to: { page: 'upload' }, label: 'Upload', icon: 'upload', shows: changesImages, within: ['upload'] },
  { to: { page: 'datasets' }, label: 'Datasets', icon: 'datasets', shows: readsDatasets, within: ['datasets', 'dataset', 'snapshot'] },
  { to: { page: 'status' }, label: 'Status', icon: 'status', shows: seesStatus, within: ['status'] },
];

export function Bar({ user }: { user: User }) {
  return (
    <header class="bar">
      <a class="brand" href="#/">
        <Mark />
        <span class="brand-name">Darkroom</span>
        {user.customer && <span class="brand-customer">{user.customer}</span>}
      </a>
      <nav aria-label="Pages">
        {ITEMS.filter(({ shows }) => shows(user)).map((item) => <Link key={item.label} item={item} />)}
      </nav>
      <Account user={user} />
    </header>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <circle cx="16" cy="16" r="8" />
      <circle cx="16" cy="16" r="2.75" />
    </svg>
  );
}

function Link({ item: { to, label, icon, within } }: { item: Item }) {
  const here = within.includes(route.value.page);
  const { active, total, share } = progress.value;
  const busy = to.page === 'upload' && active > 0;
  return (
    <a href={href(to)} class="nav-link" aria-current={here ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{label}</span>
      {busy && (
        <span class="nav-progress" role="progressbar" aria-label={`${active} of ${total} files to go`}
          aria-valuenow={Math.round(share * 100)} aria-valuemin={0} aria-valuemax={100}>
          {Math.round(share * 100)}%
        </span>
      )}
    </a>
  );
}

function Account({ user }: { user: User }) {
  const leave = async () => {
    const problem = await signOut();
    if (problem && problem.status !== 401) {
      notify(`This page has forgotten the session, but Darkroom could not be told. ${problem.message}`);
    }
  };
  return (
    <Menu label={`Account of ${user.email}`} button={<span class="avatar" aria-hidden="true">{user.email.charAt(0).toUpperCase()}</span>}>
      <div class="account">
        <strong>{user.email}</strong>
        <span class="quiet">{user.roles.join(', ') || 'no role yet'}{user.customer ? ` at ${user.customer}` : ''}</span>
      </div>
      <button type="button" class="menu-item" onClick={() => void leave()}><Icon name="leave" />Sign out</button>
    </Menu>
  );
}
