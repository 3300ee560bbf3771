// Sharp behind Node's HTTP server; prints its port. The path names the original, the query width and quality.
//
//   server.mjs memory FILE...   /0 is the first file
//   server.mjs bucket NAME      /KEY is an object, fetched each time
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import sharp from "sharp";

sharp.cache(false);

function held(files) {
  const originals = files.map((file) => readFileSync(file));
  return async (path) => originals[path];
}

function fetched([Bucket]) {
  const s3 = new S3Client({ forcePathStyle: true });
  return async (Key) => {
    const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return object.Body.transformToByteArray();
  };
}

const [kind, ...rest] = process.argv.slice(2);
const original = { memory: held, bucket: fetched }[kind](rest);

const server = createServer(async (request, response) => {
  const { pathname, searchParams: asked } = new URL(request.url, "http://localhost");
  const rendition = sharp(await original(pathname.slice(1))).resize({ width: Number(asked.get("w")) });
  const bytes = await rendition.jpeg({ quality: Number(asked.get("q")) }).toBuffer();
  response.writeHead(200, { "content-type": "image/jpeg", "content-length": bytes.length });
  response.end(bytes);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
