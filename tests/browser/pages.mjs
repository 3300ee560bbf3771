// Pages with a viewer, as a customer would write them.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const FILES = {
  'openseadragon.js': 'node_modules/openseadragon/build/openseadragon/openseadragon.min.js',
  'mirador.js': '../../target/tools/mirador/mirador.min.js',
};
const STYLE = '<style>html, body, #viewer { margin: 0; height: 100%; position: relative }</style><div id="viewer"></div>';
const HTML = {
  'openseadragon.html': `${STYLE}<script src="openseadragon.js"></script><script>
    const tileSources = new URLSearchParams(location.search).get('info');
    OpenSeadragon({ id: 'viewer', tileSources, showNavigationControl: false });</script>`,
  'mirador.html': `${STYLE}<script src="mirador.js"></script><script>
    Mirador.viewer({
      id: 'viewer',
      windows: [{ manifestId: new URL('manifest.json', location).href }],
      window: { allowClose: false, sideBarPanel: 'info' },
      workspaceControlPanel: { enabled: false },
    });</script>`,
};

// What the path of a page, or of what it brings with it, answers; null where there is nothing.
export function answer(url, { base, original }) {
  const name = url.pathname.split('/').pop();
  if (name === 'manifest.json') {
    return { contentType: 'application/json', body: JSON.stringify(manifest(url.href, base, original)) };
  }
  if (FILES[name]) {
    return { contentType: 'text/javascript', body: readFileSync(new URL(FILES[name], import.meta.url)) };
  }
  const text = HTML[name];
  return text ? { contentType: 'text/html', body: `<!doctype html><meta charset="utf-8">${text}` } : null;
}

// A host that is not Darkroom's, with pages about what `shown` holds.
export async function serve(shown) {
  const server = createServer((request, response) => {
    const found = answer(new URL(request.url, 'http://127.0.0.1'), shown);
    response.writeHead(found ? 200 : 404, { 'content-type': found?.contentType ?? 'text/plain' });
    response.end(found?.body);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

// A book of one page (IIIF Presentation 3.0).
function manifest(id, base, { width, height }) {
  const service = [{ id: base, type: 'ImageService3', profile: 'level2' }];
  const body = { id: `${base}/full/max/0/default.jpg`, type: 'Image', format: 'image/jpeg', width, height, service };
  const annotation = { id: `${id}/annotation`, type: 'Annotation', motivation: 'painting', body, target: `${id}/canvas` };
  const page = { id: `${id}/page`, type: 'AnnotationPage', items: [annotation] };
  const canvas = { id: `${id}/canvas`, type: 'Canvas', width, height, items: [page] };
  return {
    '@context': 'http://iiif.io/api/presentation/3/context.json',
    id,
    type: 'Manifest',
    label: { en: ['A photograph'] },
    items: [canvas],
  };
}
