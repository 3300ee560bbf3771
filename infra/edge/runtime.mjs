// The CloudFront Functions runtime in Node, as far as viewer_request.js may use it: the two modules
// that it imports, the event that it gets, and what its answer means.

import { Buffer } from 'node:buffer';
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const IMPORTS = "import cf from 'cloudfront';\nimport crypto from 'crypto';\n";
const ENCODINGS = [undefined, 'hex', 'base64', 'base64url'];

export function readText(name) {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

// What is deployed: the source without the lines that are comments.
export function deployed(source) {
  return source.split('\n').filter((line) => !/^\s*\/\//.test(line)).join('\n');
}

// The function's handler, over a store with a table's customers, at a table's time.
//
// `synchronous` takes away `async` and `await` and lets the store answer at once: the same code
// without the microtasks. `reads` gets the store's keys in the order of reading.
export function load(source, table, { synchronous = false, reads = [] } = {}) {
  if (!source.includes(IMPORTS)) {
    throw new Error('the function does not import what the harness has stubs for');
  }
  const body = source.replace(IMPORTS, '');
  const code = synchronous ? body.replace(/\b(async|await) /g, '') : body;
  const make = new Function('cf', 'crypto', 'Buffer', 'Date', `'use strict';${code}\nreturn handler;`);
  const store = keyValueStore(table, synchronous, reads);
  const clock = { now: () => table.now * 1000 };
  return make({ kvs: () => store }, { createHash: hash, createHmac: hmac }, Buffer, clock);
}

// A case's request with its credentials filled in: `{name}` in query and header values stands for the
// credential of that name.
export function requestOf({ method = 'GET', path, query, headers = [] }, credentials) {
  const filled = (text) => text.replace(/\{(\w+)\}/g, (_, name) => {
    if (!(name in credentials)) {
      throw new Error(`no credential is named ${name}`);
    }
    return credentials[name];
  });
  return {
    method,
    path,
    query: query === undefined ? null : filled(query),
    headers: headers.map(([name, value]) => [name, filled(value)]),
  };
}

// The event of a request `{method, path, query, headers: [[name, value]]}`.
//
// Maps have no prototype, so that any name that a viewer sends is a name like another.
export function eventOf({ method, path, query, headers }) {
  const request = {
    method,
    uri: path,
    querystring: Object.create(null),
    headers: Object.create(null),
    cookies: Object.create(null),
  };
  addPairs(request.querystring, query ?? '', '&');
  for (const [name, value] of headers) {
    if (name.toLowerCase() === 'cookie') {
      addPairs(request.cookies, value, ';');
    } else {
      add(request.headers, name.toLowerCase(), value);
    }
  }
  const context = { eventType: 'viewer-request', requestId: 'a-request-id' };
  return { version: '1.0', context, viewer: { ip: '192.0.2.1' }, request };
}

// What the function decided: ['ask', viewer, uri, accept, proof], ['pass'] or
// ['refuse', status, code].
export function outcomeOf(result) {
  if (result.statusCode !== undefined) {
    return ['refuse', result.statusCode, JSON.parse(result.body).code];
  }
  const { headers, uri } = result;
  const proof = headers['x-darkroom-edge'];
  if (proof === undefined) {
    return ['pass'];
  }
  const target = uri + queryOf(result.querystring);
  return ['ask', headers['x-darkroom-viewer'].value, target, headers.accept.value, proof.value];
}

// The query that CloudFront makes of a request's `querystring`: fields, or a text as it is.
export function queryOf(querystring) {
  if (typeof querystring === 'string') {
    return querystring === '' ? '' : `?${querystring}`;
  }
  const pairs = Object.entries(querystring).flatMap(([name, field]) =>
    valuesOf(field).map((value) => `${name}=${value}`));
  return queryOf(pairs.join('&'));
}

export function valuesOf(field) {
  return field.multiValue ? field.multiValue.map(({ value }) => value) : [field.value];
}

function addPairs(fields, text, separator) {
  for (const piece of text.split(separator)) {
    const at = piece.indexOf('=');
    const name = at < 0 ? piece : piece.slice(0, at);
    const value = at < 0 ? '' : piece.slice(at + 1);
    if (separator === '&' && piece !== '') {
      add(fields, name, value);
    } else if (separator === ';' && at >= 0) {
      add(fields, name.trim(), value.trim());
    }
  }
}

function add(fields, name, value) {
  const field = fields[name];
  if (field === undefined) {
    fields[name] = { value };
  } else {
    field.multiValue ??= [{ value: field.value }];
    field.multiValue.push({ value });
  }
}

// Answers with promises, and rejects for keys that are not there, as `cf.kvs()` does. Values are
// parsed once and frozen.
function keyValueStore(table, synchronous, reads) {
  const values = new Map([['.edge-secret', table.edge_secret]]);
  for (const [customer, { keys, ...settings }] of Object.entries(table.store)) {
    values.set(customer, Object.freeze({ keys: Object.freeze({ ...keys }), ...settings }));
  }
  const read = (key, { format = 'string' } = {}) => {
    const value = values.get(key);
    if (value === undefined) {
      throw new Error('KeyNotFound');
    }
    if ((typeof value === 'string') !== (format === 'string')) {
      throw new Error(`${key} is not of the format ${format}`);
    }
    return value;
  };
  const readLater = async (key, options) => {
    reads.push(key);
    return read(key, options);
  };
  return { get: synchronous ? read : readLater };
}

function hash(algorithm) {
  return digester(createHash(algorithm));
}

function hmac(algorithm, key) {
  return digester(createHmac(algorithm, key));
}

function digester(inner) {
  return {
    update(data) {
      inner.update(data);
      return this;
    },
    digest(encoding) {
      if (!ENCODINGS.includes(encoding)) {
        throw new Error(`the runtime knows no encoding ${encoding}`);
      }
      return inner.digest(encoding);
    },
  };
}
