// What a customer's page does: a ticket for each file, and then Uppy.

import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';

const MULTIPART_FROM = 5 * 1024 * 1024;

const call = async (path, body) => {
  const headers = { authorization: `Bearer ${window.token}`, 'content-type': 'application/json' };
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) {
    throw new Error((await answer.json()).detail);
  }
  return answer.json();
};

const uppy = new Uppy();
window.uppy = uppy;
window.tickets = [];
window.parts = 0;

uppy.addPreProcessor(async (ids) => {
  await Promise.all(ids.map(async (id) => {
    const { name, type, size } = uppy.getFile(id);
    const ticket = await call('/v1/uploads', { name, type, bytes: size, labels: ['uppy'] });
    window.tickets.push(ticket);
    uppy.setFileMeta(id, { key: ticket.key });
  }));
});
uppy.use(AwsS3, {
  shouldUseMultipart: (file) => file.size > MULTIPART_FROM,
  generateObjectKey: (file) => file.meta.key,
  signRequest: (request) => call('/v1/uploads/sign', request),
});

let actions = [];
uppy.on('s3-multipart:part-uploaded', () => {
  window.parts += 1;
  actions.filter(({ after }) => after === window.parts).forEach(({ act }) => act());
});
window.afterPart = (after, act) => { actions = [...actions, { after, act }]; };

function add() {
  [...document.querySelector('input').files].forEach((data) => uppy.addFile({ name: data.name, type: data.type, data }));
}

// Without waiting for the end.
window.begin = () => {
  add();
  uppy.upload();
};
window.upload = async () => {
  add();
  const { successful, failed } = await uppy.upload();
  return { successful: successful.length, failed: failed.map((file) => file.error) };
};
