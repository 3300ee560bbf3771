// A small library: the fixtures' photographs, and parts of them in other shapes, cut by Darkroom itself.

import { readFileSync } from 'node:fs';

const IMAGES = new URL('../../../fixtures/images/', import.meta.url);
const PHOTOGRAPHS = {
  dandelion: ['seeding-2mb.jpg', 'flower'],
  cup: ['coffee.jpg', 'cup'],
  cat: ['chelsea.png', 'cat'],
  rocket: ['rocket.jpg', 'rocket'],
  astronaut: ['astronaut.jpg', 'person'],
};
// Photograph, part, and what else is done to it.
const PARTS = [
  ['dandelion', '0,300,2400,2688', ''],
  ['dandelion', '2600,500,2712,2000', ''],
  ['cat', '60,0,330,300', ''],
  ['dandelion', '400,0,4900,2200', '&sat=-100'],
  ['rocket', '180,60,280,367', ''],
  ['cup', '0,0,420,400', '&con=12'],
  ['dandelion', '0,0,2656,1500', '&bri=8'],
  ['astronaut', '80,0,360,400', ''],
  ['dandelion', '900,200,1800,2400', '&mono=8a5a2b'],
  ['cat', '0,0,451,220', '&sat=-100'],
  ['rocket', '0,0,640,300', '&bri=6'],
  ['dandelion', '1400,900,3400,1700', ''],
  ['cup', '120,40,400,320', '&sat=-60'],
  ['astronaut', '0,0,512,340', '&sat=-100'],
  ['dandelion', '3200,200,2000,2600', '&flip=h'],
  ['cat', '120,60,300,240', '&flip=h'],
  ['rocket', '60,100,500,327', '&mono=29507a'],
  ['dandelion', '700,500,1500,1500', ''],
];

// Uploads them all, the newest last, and says which image each photograph and part became.
export async function fill(service) {
  const put = (bytes, query) => service.call('POST', `/v1/images?${query}`, bytes, 'image/jpeg');
  const whole = {};
  for (const [name, [file, label]] of Object.entries(PHOTOGRAPHS)) {
    const query = new URLSearchParams({ label, consent: 'training', name: file });
    whole[name] = await put(readFileSync(new URL(file, IMAGES)), query);
  }
  const parts = [];
  for (const [at, [name, part, more]] of PARTS.entries()) {
    const bytes = await cut(service, whole[name].id, `rect=${part}${more}&w=1400&fm=jpg&q=88`);
    const consent = at % 6 === 5 ? 'none' : 'training';
    const query = new URLSearchParams({ label: PHOTOGRAPHS[name][1], consent, name: `${name}-${at + 1}.jpg` });
    parts.push(await put(bytes, query));
  }
  return { whole, parts };
}

async function cut(service, image, query) {
  const headers = { authorization: `Bearer ${service.token}` };
  const answer = await fetch(`${service.url}/demo/${image}?${query}`, { headers });
  if (!answer.ok) {
    throw new Error(`${query}: ${await answer.text()}`);
  }
  return Buffer.from(await answer.arrayBuffer());
}
