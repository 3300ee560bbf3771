// What is known of an image, and where in the training feed it is.

import { snapshotsWith, type Image } from '../api/images';
import { useLoaded } from '../parts/loaded';
import { moment, size } from '../parts/words';

const FEED = {
  pending: 'this version is on its way there',
  announced: 'this version is announced',
  staged: 'this version is there',
};

export function Facts({ image }: { image: Image }) {
  const { value: snapshots } = useLoaded(() => snapshotsWith(image.id), [image.id]);
  const { camera } = image;
  const facts: [string, string | undefined][] = [
    ['Size', `${image.width} × ${image.height} px, ${((image.width * image.height) / 1e6).toFixed(1)} MP`],
    ['File', `${image.type.replace('image/', '').toUpperCase()}, ${size(image.bytes)}`],
    ['Taken', camera?.taken_at && camera.taken_at.replace('T', ', ').slice(0, 17)],
    ['Camera', [camera?.make, camera?.model].filter(Boolean).join(' ') || undefined],
    ['Uploaded', moment(image.uploaded_at)],
    ['Version', String(image.version)],
    ['Feed', image.feed && FEED[image.feed]],
    ['Snapshots', snapshots ? snapshots.map(({ dataset, snapshot }) => `${dataset}/${snapshot}`).join(', ') || 'none holds it' : '…'],
    ['Id', image.id],
    ['SHA-256', image.sha256],
  ];
  return (
    <section class="panel-part" aria-labelledby="facts-title">
      <h2 id="facts-title">Details</h2>
      <dl class="facts">
        {facts.map(([name, text]) => text && (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={text.length > 30 && !text.includes(' ') ? 'code' : undefined}>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
