// Prints the credentials of cases.json: fixed vectors, made from the keys that are there.
//
//   node make_credentials.mjs

import { createHmac } from 'node:crypto';
import { pathToFileURL } from 'node:url';

import { readText } from './runtime.mjs';

const IMAGE = 'xj4bnp4pahh6uqkbidpf3lrceoyagynd';
const OTHER_IMAGE = 'plv7eqgnyjmp5lq4ztphmxdkvq2h3aus';

// All credentials by name, for a table's keys and time.
export function credentials({ now, store }) {
  const { k1, k2 } = store.acme.keys;
  const foreign = store.beta.keys.k1;
  const long = Object.keys(store.longkid.keys)[0];
  const longSecret = store.longkid.keys[long];
  const later = now + 900;

  const valid = sign(`k1.acme.${later}`, k1);
  const scoped = sign(`k1.acme.${later}.${IMAGE}`, k1);
  const withMac = (change) => valid.slice(0, -43) + change(valid.slice(-43));
  return {
    valid,
    valid_second_key: sign(`k2.acme.${later}`, k2),
    scoped,
    scoped_second_key: sign(`k2.acme.${later}.${IMAGE}`, k2),
    scoped_other_image: sign(`k1.acme.${later}.${OTHER_IMAGE}`, k1),
    one_second_left: sign(`k1.acme.${now + 1}`, k1),
    far_future: sign('k1.acme.999999999999', k1),
    leading_zeros: sign(`k1.acme.00${later}`, k1),
    back_again: sign(`k1.back-again.${later}`, store['back-again'].keys.k1),
    longest: sign(`${long}.longkid.${later}`, longSecret),

    expiring_now: sign(`k1.acme.${now}`, k1),
    expired: sign(`k1.acme.${now - 1}`, k1),
    expired_scoped: sign(`k1.acme.${now - 1}.${IMAGE}`, k1),
    expired_scoped_other_image: sign(`k1.acme.${now - 1}.${OTHER_IMAGE}`, k1),
    never_lived: sign('k1.acme.0', k1),

    beta: sign(`k1.beta.${later}`, foreign),
    beta_scoped: sign(`k1.beta.${later}.${IMAGE}`, foreign),
    beta_expired: sign(`k1.beta.${now - 1}`, foreign),
    suspended: sign(`k1.gamma.${later}`, store.gamma.keys.k1),

    other_customers_key: sign(`k1.acme.${later}`, foreign),
    second_key_named_first: sign(`k1.acme.${later}`, k2),
    retired_key: sign(`k0.acme.${later}`, k1),
    kid_of_prototype: sign(`constructor.acme.${later}`, k1),
    empty_key: sign(`k1.acme.${later}`, ''),

    scope_changed: scoped.replace(IMAGE, OTHER_IMAGE),
    scope_removed: scoped.replace(`.${IMAGE}`, ''),
    scope_added: valid.replace(/\.([^.]*)$/, `.${IMAGE}.$1`),
    customer_changed: sign(`k1.beta.${later}`, foreign).replace('beta', 'acme'),
    expiry_changed: valid.replace(`.${later}.`, `.${later + 1}.`),
    kid_changed: valid.replace('k1', 'k2'),
    mac_changed: withMac((mac) => (mac[0] === 'A' ? 'B' : 'A') + mac.slice(1)),
    // The last character has four bits of the MAC and two that mean nothing.
    mac_spare_bits: withMac((mac) => mac.slice(0, -1) + next(mac.slice(-1))),

    truncated_by_one: valid.slice(0, -1),
    truncated_in_mac: valid.slice(0, -30),
    without_mac: valid.slice(0, -43),
    without_mac_and_dot: valid.slice(0, -44),
    truncated_in_expiry: valid.slice(0, 12),
    truncated_in_customer: 'k1.acm',
    only_kid: 'k1',
    only_dots: '...',
    padded: `${valid}=`,
    padded_twice: `${valid}==`,
    one_more_character: `${valid}A`,
    one_more_part: `${valid}.A`,
    upper_case: valid.toUpperCase(),
    upper_case_kid: sign(`K1.acme.${later}`, k1),
    upper_case_customer: sign(`k1.ACME.${later}`, k1),
    upper_case_scope: sign(`k1.acme.${later}.${IMAGE.toUpperCase()}`, k1),
    empty_kid: sign(`.acme.${later}`, k1),
    underscored_kid: sign(`k_1.acme.${later}`, k1),
    reserved_customer: sign(`k1.admin.${later}`, k1),
    short_customer: sign(`k1.ac.${later}`, k1),
    empty_expiry: sign('k1.acme.', k1),
    signed_expiry: sign(`k1.acme.+${later}`, k1),
    negative_expiry: sign(`k1.acme.-${later}`, k1),
    fractional_expiry: sign(`k1.acme.${later}e0`, k1),
    long_expiry: sign('k1.acme.1000000000000', k1),
    short_scope: sign(`k1.acme.${later}.${IMAGE.slice(1)}`, k1),
    empty_scope: sign(`k1.acme.${later}.`, k1),
    iiif_scope: sign(`k1.acme.${later}.iiif`, k1),
    two_scopes: sign(`k1.acme.${later}.${IMAGE}.${IMAGE}`, k1),
    hex_mac: `k1.acme.${later}.${createHmac('sha256', decode(k1)).update(`k1.acme.${later}`).digest('hex')}`,
    standard_alphabet: withMac((mac) => `+/${mac.slice(2)}`),
    oversized: sign(`${long}.longkid.0${later}`, longSecret),
  };
}

function sign(signed, secret) {
  return `${signed}.${createHmac('sha256', decode(secret)).update(signed).digest('base64url')}`;
}

function decode(secret) {
  return Buffer.from(secret, 'base64url');
}

function next(character) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(character) ^ 1];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.log(JSON.stringify(credentials(JSON.parse(readText('cases.json'))), null, 2));
}
