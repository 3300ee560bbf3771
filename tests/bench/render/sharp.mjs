// One job of bench.py by Sharp: `node sharp.mjs FILE JOB OUT REPEAT`, JOB as JSON. Prints one line as `render` does.
//
// One thread and no cache, so that every repetition does all of the work; from a buffer to a buffer.

import { readFileSync, writeFileSync } from 'node:fs';
import sharp from 'sharp';

const [file, text, out, repeat] = process.argv.slice(2);
const { whole, extract, resize, format, options, animated } = JSON.parse(text);
sharp.cache(false);
sharp.concurrency(1);

async function rendered(bytes) {
  let image = sharp(bytes, { animated: animated === true });
  if (whole) {
    // Every pixel, whatever is taken of them.
    const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
    image = sharp(data, { raw: info });
  }
  if (!animated) {
    image = image.rotate();
  }
  if (extract) {
    image = image.extract(extract);
  }
  if (resize) {
    image = image.resize({ withoutEnlargement: true, ...resize });
  }
  return image.toFormat(format, options).toBuffer({ resolveWithObject: true });
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

// Linux's high-water mark of this program: `resourceUsage` counts what started it as well.
function peakBytes() {
  const line = readFileSync('/proc/self/status', 'utf8').match(/^VmHWM:\s+(\d+) kB$/m);
  return Number(line[1]) * 1024;
}

const bytes = readFileSync(file);
const times = [];
const cpu = [];
let rendition = null;
for (let round = 0; round < Number(repeat); round += 1) {
  const [start, used] = [performance.now(), process.cpuUsage()];
  rendition = await rendered(bytes);
  const { user, system } = process.cpuUsage(used);
  times.push(performance.now() - start);
  cpu.push((user + system) / 1e3);
}
writeFileSync(out, rendition.data);
console.log(JSON.stringify({
  median_ms: median(times),
  cpu_ms: median(cpu),
  peak_rss_bytes: peakBytes(),
  output_bytes: rendition.data.length
}));
