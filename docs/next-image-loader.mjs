// For next/image: `images: { loader: "custom", loaderFile: "./next-image-loader.mjs" }` in next.config, with `src` as
// /CUSTOMER/IMAGE. `NEXT_PUBLIC_DARKROOM` is the address of Darkroom; without it the page's own.
export default function loader({ src, width, quality }) {
  const query = new URLSearchParams({ w: width, q: quality ?? 75, auto: "format" });
  return `${process.env.NEXT_PUBLIC_DARKROOM ?? ""}${src}?${query}`;
}
