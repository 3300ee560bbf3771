// Who the ID token says is here. It decides what the page offers; what is allowed the API decides anew at each request.

export type Role = 'viewer' | 'uploader' | 'admin' | 'operator' | 'data-scientist';

export interface User {
  email: string;
  // Operators and data scientists need belong to none.
  customer: string | null;
  roles: Role[];
}

export function userOf(token: string): User {
  const claims = payload(token);
  const customer = claims['custom:customer'];
  const groups = claims['cognito:groups'];
  return {
    email: String(claims['email'] ?? claims['cognito:username'] ?? ''),
    customer: typeof customer === 'string' ? customer : null,
    roles: Array.isArray(groups) ? (groups as Role[]) : [],
  };
}

const has = (user: User, ...roles: Role[]) => user.roles.some((role) => roles.includes(role));

export const seesImages = (user: User) => user.customer !== null && has(user, 'viewer', 'uploader', 'admin');
export const changesImages = (user: User) => user.customer !== null && has(user, 'uploader', 'admin');
export const readsDatasets = (user: User) => has(user, 'data-scientist');
export const seesStatus = (user: User) => has(user, 'admin', 'operator', 'data-scientist');

function payload(token: string): Record<string, unknown> {
  const part = token.split('.')[1] ?? '';
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
}
