// What front-ends' own libraries ask for: `urls.mjs PATH` prints groups of paths with the sizes that the libraries expect.
import ImgixClient from "@imgix/js-core";
import { transformProps } from "@unpic/core";
import loader from "../../../docs/next-image-loader.mjs";

const SITE = "https://images.example.com";
const path = process.argv[2];
const imgix = new ImgixClient({ domain: "images.example.com" });

// next/image's deviceSizes and imageSizes where nothing else is configured (Next.js 16).
const NEXT_WIDTHS = [32, 48, 64, 96, 128, 256, 384, 640, 750, 828, 1080, 1200, 1920, 2048, 3840];

/** The entries of a srcset: URL and number of its descriptor, `w` or `x`. */
function entries(srcset) {
  return srcset.split(/,\s+/).map((entry) => {
    const [url, descriptor] = entry.split(" ");
    return [url.replace(SITE, ""), parseInt(descriptor, 10)];
  });
}

function unpic(layout) {
  const { srcset } = transformProps({ src: SITE + path, cdn: "imgix", layout, width: 400, height: 300 });
  return entries(srcset).map(([path, width]) => ({ path, width, height: Math.round((width * 3) / 4) }));
}

const built = imgix.buildURL(path, { w: 400, h: 300, fit: "crop", auto: "format" });
const fluid = imgix.buildSrcSet(path, {}, { maxWidth: 2000 });
const fixed = imgix.buildSrcSet(path, { w: 100, ar: "3:2", fit: "crop" });

const groups = {
  "js-core buildURL": [{ path: built.replace(SITE, ""), width: 400, height: 300 }],
  "js-core fluid": entries(fluid).map(([path, width]) => ({ path, width, height: null })),
  // The quality falls from one to the next.
  "js-core fixed": entries(fixed).map(([path, dpr]) => ({ path, width: 100 * dpr, height: Math.round((200 * dpr) / 3) })),
  "unpic constrained": unpic("constrained"),
  "unpic fixed": unpic("fixed"),
  "unpic fullWidth": unpic("fullWidth"),
  "next/image": NEXT_WIDTHS.map((width) => ({ path: loader({ src: path, width }), width, height: null })),
};
console.log(JSON.stringify(groups));
