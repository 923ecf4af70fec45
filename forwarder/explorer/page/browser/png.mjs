// Makes a picture of a page small enough to keep: its few hundred colours as a palette.
import { crc32, deflateSync, inflateSync } from "node:zlib";

/** An indexed PNG of at most 256 colours from an RGB or RGBA one of 8 bits. */
export function small(png) {
  const { width, height, pixels, size } = decode(png);
  const { palette, indexed } = reduce(width * height, pixels, size);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) indexed.copy(rows, y * (width + 1) + 1, y * width, (y + 1) * width);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([png.subarray(0, 8), chunk("IHDR", head), chunk("PLTE", palette), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
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

/** One row: each byte is given as what it differs by from its neighbours. */
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
  const often = new Map();
  const colour = (at) => (pixels[at * size] << 16) | (pixels[at * size + 1] << 8) | pixels[at * size + 2];
  for (let at = 0; at < count; at += 1) often.set(colour(at), (often.get(colour(at)) ?? 0) + 1);
  const kept = [...often].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([rgb]) => rgb);
  const place = new Map(kept.map((rgb, index) => [rgb, index]));
  const nearest = (rgb) => {
    let best = 0;
    let least = Infinity;
    kept.forEach((other, index) => {
      const [r, g, b] = [(rgb >> 16) - (other >> 16), ((rgb >> 8) & 255) - ((other >> 8) & 255), (rgb & 255) - (other & 255)];
      const distance = r * r + g * g + b * b;
      if (distance < least) [best, least] = [index, distance];
    });
    place.set(rgb, best);
    return best;
  };
  const indexed = Buffer.alloc(count);
  for (let at = 0; at < count; at += 1) indexed[at] = place.get(colour(at)) ?? nearest(colour(at));
  return { palette: Buffer.from(kept.flatMap((rgb) => [rgb >> 16, (rgb >> 8) & 255, rgb & 255])), indexed };
}
