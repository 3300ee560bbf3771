// A picture at its place: the blur first, then the rendition of the width at which it is shown. What cannot be fetched is
// tried again, with a new session: the cookie that opens private images lives shorter than a page.

import { useEffect, useState } from 'preact/hooks';

import type { Image } from '../api/images';
import { placeholder } from '../gallery/placeholder';
import { sources } from '../image/renditions';
import { renew } from '../session/session';

interface Props {
  image: Image;
  alt: string;
  sizes: string;
  widthMax: number;
  eager?: boolean;
}

const TRIES_MAX = 3;
const WAIT_MS = 1500;

export function Picture({ image, alt, sizes, widthMax, eager }: Props) {
  const [tries, setTries] = useState(0);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!failed || tries >= TRIES_MAX) return undefined;
    const timer = setTimeout(() => {
      void (tries === 1 ? renew() : Promise.resolve(true)).then(() => {
        setFailed(false);
        setTries(tries + 1);
      });
    }, WAIT_MS * (tries + 1));
    return () => clearTimeout(timer);
  }, [failed, tries]);
  const given = failed && tries >= TRIES_MAX;
  const { src, srcset } = sources(image, widthMax);
  return (
    <span class="picture" style={placeholder(image)}>
      {given
        ? <span class="picture-failed">{alt} cannot be shown now</span>
        : (
          <img key={tries} src={src} srcset={srcset} sizes={sizes} alt={alt} width={image.width} height={image.height}
            decoding="async" fetchpriority={eager ? 'high' : 'auto'}
            onLoad={(event) => event.currentTarget.classList.add('shown')} onError={() => setFailed(true)} />
        )}
    </span>
  );
}

// What stands there before, by itself.
export function Blur({ image, label }: { image: Image; label: string }) {
  return <span class="picture" role="img" aria-label={label} style={placeholder(image)} />;
}
