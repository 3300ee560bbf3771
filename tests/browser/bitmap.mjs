// Pictures of any size that compress to nothing less: what is large has to be sent.

// 24 bits a pixel, noise that follows from the seed.
export function bitmap(width, height, seed) {
  const [header, stride] = [54, Math.ceil((width * 3) / 4) * 4];
  const file = Buffer.alloc(header + stride * height);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(header, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(stride * height, 34);
  let state = seed;
  for (let at = header; at < file.length; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    file[at] = state >>> 16;
  }
  return file;
}
