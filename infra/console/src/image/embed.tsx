// The image for pages elsewhere: an <img> with sizes, and its address for viewers that zoom.

import { useState } from 'preact/hooks';

import { sign, type Image, type SignedUrl } from '../api/images';
import { asProblem, type Problem } from '../api/problem';
import { Copyable } from '../parts/copyable';
import { Failure } from '../parts/states';
import { moment } from '../parts/words';
import { embed, iiif } from './renditions';

export function Embed({ image }: { image: Image }) {
  return (
    <section class="panel-part" aria-labelledby="embed-title">
      <h2 id="embed-title">Use it elsewhere</h2>
      {image.visibility === 'private' && (
        <p class="hint">It is private: these addresses open it to users who have signed in. For anybody else make it public, or sign an address.</p>
      )}
      <Copyable label="<img srcset>" text={embed(image)} language="html" />
      <Copyable label="IIIF" text={iiif(image).info} />
      {image.visibility === 'private' && <Signed id={image.id} />}
    </section>
  );
}

function Signed({ id }: { id: string }) {
  const [signed, setSigned] = useState<SignedUrl | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const ask = () => sign(id).then((answer) => { setSigned(answer); setProblem(null); }, (error) => setProblem(asProblem(error)));
  return (
    <>
      {problem && <Failure problem={problem} />}
      {signed
        ? <Copyable label={`Open to whoever has it until ${moment(signed.expires_at)}`} text={signed.url} />
        : <button type="button" class="button" onClick={() => void ask()}>Sign an address for 15 minutes</button>}
    </>
  );
}
