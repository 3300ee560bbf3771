// Sharp as a Lambda function, as lean as one can be: the Runtime API by node:http, an original out of the bucket, WebP,
// the rendition back into the bucket, the answer as base64. It looks up no customer and no record.
//
//   BUCKET names the bucket; the path of a request is the original's key, the query says how wide.
import http from 'node:http';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const base = '/2018-06-01/runtime/invocation';
const { BUCKET: Bucket } = process.env;
const agent = new http.Agent({ keepAlive: true });
const s3 = new S3Client({ forcePathStyle: true });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ agent, hostname, port, path: base + path, method }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve({ headers: answer.headers, body: Buffer.concat(parts) }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function handle(event) {
  const Key = event.path.slice(1);
  const width = Number(event.queryStringParameters.w);
  const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const original = await object.Body.transformToByteArray();
  const Body = await sharp(original).rotate().resize({ width }).webp({ quality: 80 }).toBuffer();
  const rendition = { Bucket, Key: `sharp/${Key}/${width}.webp`, Body, ContentType: 'image/webp' };
  await s3.send(new PutObjectCommand(rendition));
  const headers = { 'content-type': 'image/webp' };
  return { statusCode: 200, isBase64Encoded: true, headers, body: Body.toString('base64') };
}

async function run() {
  for (;;) {
    const { headers, body } = await call('GET', '/next');
    const answer = await handle(JSON.parse(body));
    await call('POST', `/${headers['lambda-runtime-aws-request-id']}/response`, JSON.stringify(answer));
  }
}

run();
