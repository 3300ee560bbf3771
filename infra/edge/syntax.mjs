// What viewer_request.js may not contain, by the documentation of the runtime: "JavaScript runtime
// 2.0 features for CloudFront Functions". Node runs far more than the runtime does, so this is read
// from the text, with its comments, strings and regular expressions blanked.

// What ES 6 to 12 have and the documentation does not list: name, pattern, and an example of it.
export const FORBIDDEN = [
  ['destructuring in a declaration', /\b(?:const|let|var)\s*[[{]/, 'const { a } = b;'],
  ['destructuring in an assignment', /(?<![\w)\]]\s*)[[{][^;{}[\]]*[\]}]\s*=[^=>]/, '[a, b] = c;'],
  ['destructuring of parameters', /\(\s*[[{][^()]*[\]}]\s*\)\s*(?:=>|{)/, 'a.map(([b, c]) => b);'],
  ['spread or rest', /\.\.\./, 'a(...b);'],
  ['for-of', /\bfor\s*\([^;)]*\bof\b/, 'for (const a of b) {}'],
  ['a class', /\b(?:class|extends|super)\b/, 'class A {}'],
  ['a default of a function', /\bfunction\s*\w*\([^)]*=/, 'function a(b = 1) {}'],
  ['a default of an arrow', /\([^()]*\w\s*=\s*[^=()][^()]*\)\s*=>/, 'a.map((b = 1) => b);'],
  ['optional chaining', /\?\.(?!\d)/, 'a?.b;'],
  ['nullish coalescing', /\?\?/, 'a ?? b;'],
  ['logical assignment', /&&=|\|\|=/, 'a ||= b;'],
  ['a generator', /\bfunction\s*\*|\byield\b/, 'function* a() {}'],
  ['an async closure', /\basync\b(?!\s+function\s+\w)/, 'a(async () => b);'],
  ['await within an expression', /(?<![=]\s|return\s|^\s*)\bawait\b/m, 'a(await b);'],
  ['a short-hand property', /[{,]\s*\w+\s*}|{\s*\w+\s*,/, 'return { a };'],
  ['a computed property', /[{,]\s*\[[^\]]*\]\s*:/, 'b = { [a]: 1 };'],
  ['a method definition', /[{,]\s*(?!(?:if|for|while|switch)\b)\w+\s*\([^()]*\)\s*{/, 'b = { a() {} };'],
  ['a trailing comma in a call', /,\s*\)/, 'a(b,);'],
  ['catch without a name', /\bcatch\s*{/, 'try { a(); } catch { b(); }'],
  ['a BigInt', /\b\d+n\b/, 'a = 1n;'],
  ['dynamic code', /\b(?:eval|Function)\b/, 'eval(a);'],
  ['a timer', /\bset(?:Timeout|Interval|Immediate)\b/, 'setTimeout(a);'],
  ['an object of ES 6', /\b(?:Weak)?(?:Map|Set)\b|\b(?:Symbol|Proxy|Reflect|Intl)\b/, 'new Map();'],
  ['an object of Node', /\b(?:require|process|URL\w*|fetch)\b/, 'new URL(a);'],
];

const MODULES = ['cloudfront', 'crypto'];

// The documented methods (and `get`, `kvs` of the module cloudfront) that may be called.
const METHODS = [
  'codePointAt', 'exec', 'filter', 'find', 'forEach', 'includes', 'join', 'lastIndexOf', 'map',
  'push', 'replace', 'slice', 'some', 'sort', 'split', 'test', 'toLowerCase', 'trim',
  'floor', 'from', 'keys', 'now', 'stringify',
  'createHmac', 'digest', 'update', 'get', 'kvs',
];

// Everything in `source` that the runtime is not known to do.
export function objections(source) {
  const code = blanked(source);
  const forbidden = FORBIDDEN.filter(([, pattern]) => pattern.test(code)).map(([name]) => name);
  const called = [...code.matchAll(/\.(\w+)\(/g)].map(([, method]) => method);
  const unknown = called.filter((method) => !METHODS.includes(method));
  const imported = [...source.matchAll(/^import .* from '(.*)';$/gm)].map(([, module]) => module);
  const strange = imported.filter((module) => !MODULES.includes(module));
  return [
    ...forbidden,
    ...unknown.map((method) => `the method ${method}`),
    ...strange.map((module) => `the module ${module}`),
  ];
}

// Comments go, texts become empty, regular expressions a number. Of template literals only what is
// between the braces stays, which is code.
function blanked(source) {
  const lexeme = new RegExp([
    /(?<comment>\/\/.*|\/\*[^]*?\*\/)/,
    /(?<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")/,
    /(?<template>`(?:\\.|[^`\\])*`)/,
    /(?<=[(=,:|&!]\s*)(?<expression>\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*)/,
  ].map((part) => part.source).join('|'), 'g');
  return source.replace(lexeme, (...match) => {
    const { text, template, expression } = match.at(-1);
    const codes = [...(template ?? '').matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code);
    return text ? "''" : template ? `(${codes.join('+')})` : expression ? '0' : '';
  });
}
