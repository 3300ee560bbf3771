// Darkroom's edge, as a viewer-request function of CloudFront (runtime 2.0). README.md has the
// rules, cases.json their cases; infra/local/src/edge obeys the same.

import cf from 'cloudfront';
import crypto from 'crypto';

// No customer's name: customer_id.rs.
const RESERVED = `admin api assets console darkroom docs favicon health healthz iiif internal login
  logout metrics openapi original robots static status v1 v2 well-known www`.split(/\s+/);

// Every parameter that means something, sorted: dialect/query.rs.
const PARAMETERS = `ar auto bg blur border-radius bri con crop dpr explain fit flip fm fp-x fp-y fp-z
  h mark mark-align mark-alpha mark-pad mark-scale max-bytes max-h max-w meta min-h min-w mono or
  orient pad preset q rect rot sat sharp tone trim trim-color trim-tol w`.split(/\s+/);

// No parameter's name: whether there are others.
const UNKNOWN = ' ';

// The parameter, and the cookie, that carry a credential.
const PARAMETER = 'sig';
const COOKIE = 'darkroom';
const CREDENTIAL_BYTES_MAX = 256;

// What `parsed` reads. A credential is `kid.customer.exp[.scope].mac`.
const CUSTOMER_ID = /^[a-z][a-z0-9-]{2,38}/;
const IMAGE_ID = /^[a-z2-7]{32}/;
const CREDENTIAL =
  /^([a-z0-9]+)\.([a-z][a-z0-9-]+)\.([0-9]{1,12})(?:\.([a-z2-7]{32}))?\.([A-Za-z0-9_-]{43})/;

// What carries one in IIIF's paths, where nothing else has dots.
const IN_PATH = /^(?!\.\.?$)[\w\-]*\.[\w.\-]*/;

// What only the edge may say, and the secret that proves it.
const PROOF_HEADER = 'x-darkroom-edge';
const VIEWER_HEADER = 'x-darkroom-viewer';
const PROOF_SECONDS = 60;
const EDGE_SECRET = '.edge-secret';

const TITLES = { 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found' };

// Status and sentence of every refusal.
const PROBLEMS = {
  bad_path: [400, 'a path is lower case, without escapes, empty and dot segments'],
  bad_parameter: [400, 'a parameter is given twice, not UTF-8 or not known'],
  no_such_path: [404, 'nothing is at this path; an image is at /CUSTOMER/IMAGE'],
  no_such_image: [404, 'there is no such image, or it is not this credential\'s to see'],
  credential_missing: [401, 'without a credential only public images are shown'],
  credential_refused: [401, 'the credential is not, or no longer, valid; ask for a new one']
};

const kvs = cf.kvs();

async function handler(event) {
  const request = event.request;
  delete request.headers[PROOF_HEADER];
  delete request.headers[VIEWER_HEADER];
  if (isPassed(request)) {
    request.cookies = {};
    return request;
  }
  try {
    const now = Math.floor(Date.now() / 1000);
    const target = parsePath(request.uri);
    const parameters = parseQuery(request.querystring);
    if (target.credential) {
      if (parameters[PARAMETER] !== undefined) {
        throw refusal('bad_parameter');
      }
      parameters[PARAMETER] = target.credential;
    }
    const customer = await activeCustomer(target.customer);
    if (customer.strict && parameters[UNKNOWN]) {
      throw refusal('bad_parameter');
    }
    if (target.isIiif) {
      PARAMETERS.forEach((name) => delete parameters[name]);
    }
    if (parameters.preset !== undefined) {
      parameters.preset += `.${customer.presets || 0}`;
    }
    const viewer = viewerOf(request, target, parameters, customer.keys, now);
    const secret = await kvs.get(EDGE_SECRET);
    request.uri = uriOf(target, parameters[PARAMETER]);
    return asked(request, viewer, parameters, secret, now);
  } catch (error) {
    if (error.problem) {
      return refused(error.problem, event.context.requestId);
    }
    throw error;
  }
}

// The origin itself judges what changes something and who comes with a token.
function isPassed(request) {
  const authorization = headerValues(request.headers.authorization)[0] || '';
  const reads = request.method === 'GET' || request.method === 'HEAD';
  return !reads || /^bearer /i.test(authorization);
}

// Values with anything but visible ASCII, spaces and tabs are ignored: what they say is unsure.
function headerValues(header) {
  const fields = header ? header.multiValue || [header] : [];
  return fields.map((field) => field.value).filter((value) => !/[^\t\x20-\x7e]/.test(value));
}

// The grammar of path.rs: what is one resource has one spelling.
function parsePath(path) {
  const isIiif = /^\/[^\/]*\/iiif\/3\//.test(path);
  const plain = isIiif ? path.replace(/%(21|2[Cc]|3[Aa]|5[Ee])/g, decodeURIComponent) : path;
  const given = plain.replace(/^\//, '').split('/');
  const credential = isIiif && parsed(IN_PATH, given[3]) ? given[3] : '';
  const segments = given.filter((_, at) => at !== 3 || !credential);
  const misspelled = segments.some((segment) => ['', '.', '..'].includes(segment));
  const text = segments.join('/');
  if (misspelled || /[^a-z0-9\/\-._~!,:\^]/.test(text) || (!isIiif && text.includes('^'))) {
    throw refusal('bad_path');
  }
  const at = isIiif ? 3 : 1;
  const image = segments[at] || '';
  const behind = segments.slice(at + 1);
  const isDescribed = isIiif && ['', 'info.json'].includes(behind.join());
  const isAsked = isIiif ? behind.length === 4 : ['', 'original'].includes(behind.join());
  if (!isDescribed && !isAsked || !isCustomerId(segments[0]) || !parsed(IMAGE_ID, image)) {
    throw refusal('no_such_path');
  }
  return {
    customer: segments[0],
    image: image,
    isIiif: isIiif,
    isDescribed: isDescribed,
    credential: credential,
    segments: segments
  };
}

// The one spelling of a path. What describes an image says where viewers go on, who can carry a
// credential in no other place.
function uriOf(target, credential) {
  const at = target.isIiif ? 3 : 1;
  const carried = target.isDescribed && credential ? `${credential}/` : '';
  const behind = target.segments.slice(at).join('/');
  return `/${target.segments.slice(0, at).join('/')}/${carried}${behind}`;
}

function isCustomerId(text) {
  return parsed(CUSTOMER_ID, text) !== null && !RESERVED.includes(text);
}

// The match of a whole text. (The runtime's `$` is Perl's: it lets a final newline pass.)
function parsed(grammar, text) {
  const match = grammar.exec(text);
  return match && match[0] === text ? match : null;
}

// The known parameters, decoded. CloudFront has decoded nothing, so one name may be there in several
// spellings.
function parseQuery(querystring) {
  const parameters = {};
  Object.keys(querystring).forEach((spelling) => {
    const name = decoded(spelling);
    if (name !== PARAMETER && !PARAMETERS.includes(name)) {
      parameters[UNKNOWN] = parameters[UNKNOWN] || name !== 'ixlib';
      return;
    }
    const field = querystring[spelling];
    const value = /[^\x21-\x7e]/.test(field.value) ? null : decoded(field.value);
    if (value === null || field.multiValue || parameters[name] !== undefined) {
      throw refusal('bad_parameter');
    }
    parameters[name] = value;
  });
  return parameters;
}

// The text behind plus signs and percent escapes, or null where these are not UTF-8.
function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch (malformed) {
    return null;
  }
}

// To a viewer, a customer who is suspended and one who never was look the same.
async function activeCustomer(id) {
  let customer = null;
  try {
    customer = await kvs.get(id, { format: 'json' });
  } catch (missing) {
    throw refusal('credential_missing');
  }
  if (customer.suspended) {
    throw refusal('credential_missing');
  }
  return customer;
}

// A signed URL was made on purpose: who has it is told that it failed. A cookie comes along by
// itself: that it has run out must not hide public images.
function viewerOf(request, target, parameters, keys, now) {
  const signed = parameters[PARAMETER] !== undefined;
  const cookie = request.cookies[COOKIE];
  if (!signed && !cookie) {
    return 'anon';
  }
  const text = signed ? parameters[PARAMETER] : cookie.value;
  const claimed = text.split('.')[1] || '';
  if (isCustomerId(claimed) && claimed !== target.customer) {
    throw refusal('no_such_image');
  }
  const credential = verified(text, keys, now);
  if (!credential && signed) {
    throw refusal('credential_refused');
  }
  if (credential && credential.scope && credential.scope !== target.image) {
    throw refusal('no_such_image');
  }
  if (!credential) {
    return 'anon';
  }
  return credential.scope ? 'signed' : 'customer';
}

// What a credential says, or null where it says nothing. All but ASCII fails the grammar, so
// characters count as bytes.
function verified(text, keys, now) {
  const parts = text.length > CREDENTIAL_BYTES_MAX ? null : parsed(CREDENTIAL, text);
  // Own names only: `constructor` is a well-formed kid.
  if (!parts || !isCustomerId(parts[2]) || !Object.keys(keys).includes(parts[1])) {
    return null;
  }
  const key = Buffer.from(keys[parts[1]], 'base64url');
  const signed = text.slice(0, text.lastIndexOf('.'));
  const valid = isSame(mac(key, signed), parts[5]) && Number(parts[3]) > now;
  return valid ? { scope: parts[4] } : null;
}

function mac(key, message) {
  return crypto.createHmac('sha256', key).update(message).digest('base64url');
}

// In constant time, against guessing it character by character.
function isSame(a, b) {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i += 1) {
    difference |= a.codePointAt(i) ^ b.codePointAt(i);
  }
  return difference === 0;
}

// The request as the cache key and the origin shall see it. The query is text, because the
// runtime's objects do not keep an order.
function asked(request, viewer, parameters, secret, now) {
  const given = PARAMETERS.filter((name) => parameters[name] !== undefined);
  const query = given.map((name) => `${name}=${encodeURIComponent(parameters[name])}`).join('&');
  const uri = query === '' ? request.uri : `${request.uri}?${query}`;
  const expires = now + PROOF_SECONDS;
  const proof = mac(secret, `${viewer}\n${expires}\n${uri}`);

  request.headers.accept = { value: acceptOf(request, parameters) };
  request.headers[VIEWER_HEADER] = { value: viewer };
  request.headers[PROOF_HEADER] = { value: `${viewer}.${expires}.${proof}` };
  request.querystring = query;
  request.cookies = {};
  delete request.headers.authorization;
  return request;
}

// `Accept` folded to three classes, where it matters at all: negotiate.rs.
function acceptOf(request, parameters) {
  const words = (parameters.auto || '').split(',');
  const automatic = parameters.preset !== undefined || words.includes('format');
  const ranges = headerValues(request.headers.accept).join(',').split(',');
  const classes = automatic && parameters.fm === undefined ? ['image/avif', 'image/webp'] : [];
  return classes.find((type) => ranges.some((range) => isAccepted(range, type))) || '*/*';
}

// Whether one range of an `Accept` header is `type` with a weight above 0.
function isAccepted(range, type) {
  const parts = range.split(';').map((part) => part.trim());
  const refuses = (part) => /^q=0(\.0*)?$/i.test(part);
  return parts[0].toLowerCase() === type && !parts.slice(1).some(refuses);
}

function refusal(problem) {
  return { problem: problem };
}

// An RFC 9457 document, as problem.rs makes it.
function refused(code, requestId) {
  const status = PROBLEMS[code][0];
  const headers = {
    'content-type': { value: 'application/problem+json' },
    'cache-control': { value: 'no-store' }
  };
  if (status === 401) {
    headers['www-authenticate'] = { value: 'Bearer realm="darkroom"' };
  }
  const document = {
    type: 'about:blank',
    title: TITLES[status],
    status: status,
    code: code,
    detail: PROBLEMS[code][1],
    request_id: requestId
  };
  return { statusCode: status, headers: headers, body: JSON.stringify(document) };
}
