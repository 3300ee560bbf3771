// Sharp behind Node's HTTP server and nothing else: `server.mjs FILE` prints its port.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import sharp from "sharp";

sharp.cache(false);
const original = readFileSync(process.argv[2]);

const server = createServer(async (request, response) => {
  const asked = new URL(request.url, "http://localhost").searchParams;
  const rendition = sharp(original).resize({ width: Number(asked.get("w")) });
  const bytes = await rendition.jpeg({ quality: Number(asked.get("q")) }).toBuffer();
  response.writeHead(200, { "content-type": "image/jpeg", "content-length": bytes.length });
  response.end(bytes);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
