// Reduces the size of a screenshot: its few hundred colours become a palette.
import { crc32, deflateSync, inflateSync } from "node:zlib";

/** Converts an RGB or RGBA image of 8 bits per channel to an indexed one of at most 256 colours. */
export function toIndexed(png) {
  const { width, height, pixels, size } = decode(png);
  const { palette, indexed } = reduce(width * height, pixels, size);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) indexed.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    png.subarray(0, 8),
    chunk("IHDR", head),
    chunk("PLTE", palette),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const lengthAndCrc = Buffer.alloc(8);
  lengthAndCrc.writeUInt32BE(data.length, 0);
  lengthAndCrc.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([lengthAndCrc.subarray(0, 4), body, lengthAndCrc.subarray(4)]);
}

function decode(png) {
  const [width, height, kind] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25]];
  const size = kind === 6 ? 4 : 3;
  const parts = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * size;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) unfilter(raw, y * (stride + 1), pixels, y * stride, stride, size);
  return { width, height, pixels, size };
}

/** Decodes one row, whose bytes are differences from their neighbours. */
function unfilter(raw, from, pixels, to, stride, size) {
  const filter = raw[from];
  for (let x = 0; x < stride; x += 1) {
    const left = x >= size ? pixels[to + x - size] : 0;
    const up = to > 0 ? pixels[to + x - stride] : 0;
    const corner = to > 0 && x >= size ? pixels[to + x - stride - size] : 0;
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
    pixels[to + x] = raw[from + 1 + x] + guess;
  }
}

function paeth(left, up, corner) {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function reduce(count, pixels, size) {
  const counts = new Map();
  const colour = (at) => (pixels[at * size] << 16) | (pixels[at * size + 1] << 8) | pixels[at * size + 2];
  for (let at = 0; at < count; at += 1) counts.set(colour(at), (counts.get(colour(at)) ?? 0) + 1);
  const kept = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 256)
    .map(([rgb]) => rgb);
  const indexOf = new Map(kept.map((rgb, index) => [rgb, index]));
  const nearest = (rgb) => {
    let best = 0;
    let leastDistance = Infinity;
    kept.forEach((other, index) => {
      const [r, g, b] = [
        (rgb >> 16) - (other >> 16),
        ((rgb >> 8) & 255) - ((other >> 8) & 255),
        (rgb & 255) - (other & 255),
      ];
      const distance = r * r + g * g + b * b;
      if (distance < leastDistance) [best, leastDistance] = [index, distance];
    });
    indexOf.set(rgb, best);
    return best;
  };
  const indexed = Buffer.alloc(count);
  for (let at = 0; at < count; at += 1) indexed[at] = indexOf.get(colour(at)) ?? nearest(colour(at));
  return { palette: Buffer.from(kept.flatMap((rgb) => [rgb >> 16, (rgb >> 8) & 255, rgb & 255])), indexed };
}
