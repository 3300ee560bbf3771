// How much a screenshot differs from the picture that it should show.

const GRID = 12;
// Of the picture's height, from above: a viewer's buttons may lie over the rest.
const SHARE = 0.75;

// Where a picture lies that is shown whole in the middle of a frame.
export function fit({ width, height }, frame) {
  const scale = Math.min(frame.width / width, frame.height / height);
  const size = { width: width * scale, height: height * scale };
  return { x: (frame.width - size.width) / 2, y: (frame.height - size.height) / 2, ...size };
}

// The mean difference of the means of the cells of a grid: of `part` of one PNG, and of another.
export async function likeness(context, shot, part, whole) {
  const page = await context.newPage();
  const means = (file, place) => page.evaluate(cells, [`data:image/png;base64,${file.toString('base64')}`, place, GRID, SHARE]);
  const [shown, wanted] = [await means(shot, part), await means(whole, null)];
  await page.close();
  return shown.reduce((sum, level, at) => sum + Math.abs(level - wanted[at]), 0) / shown.length;
}

// Runs in the page.
async function cells([url, place, grid, share]) {
  const image = await createImageBitmap(await (await fetch(url)).blob());
  const { x, y, width, height } = place ?? { x: 0, y: 0, width: image.width, height: image.height };
  const edge = grid * 16;
  const canvas = new OffscreenCanvas(edge, edge);
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, x, y, width, height * share, 0, 0, edge, edge);
  const { data } = context.getImageData(0, 0, edge, edge);
  const sums = new Array(grid * grid * 3).fill(0);
  for (let at = 0; at < edge * edge; at += 1) {
    const cell = Math.floor(Math.floor(at / edge) / 16) * grid + Math.floor((at % edge) / 16);
    for (let channel = 0; channel < 3; channel += 1) {
      sums[cell * 3 + channel] += data[at * 4 + channel] / 256;
    }
  }
  return sums;
}
