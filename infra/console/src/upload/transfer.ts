// Uppy, which brings the bytes of a file to where its ticket says: at once, or in parts that can be paused, resumed after
// a cut of the network, and given up.

import AwsS3 from '@uppy/aws-s3';
import Uppy, { type UppyFile } from '@uppy/core';

import { signStep } from '../api/uploads';

// What S3 takes as a part. A file that is smaller goes at once.
const PART_BYTES_MIN = 5 * 1024 * 1024;

interface Meta extends Record<string, unknown> {
  item: string;
  key: string;
  // Uppy tells files apart by it: the same file may come twice.
  relativePath: string;
}

interface Body extends Record<string, unknown> {
  location: string;
}

export interface Transfer {
  id: string;
  file: File;
  key: string;
  onProgress: (share: number) => void;
}

const uppy = new Uppy<Meta, Body>({ autoProceed: false });
uppy.use(AwsS3<Meta, Body>, {
  shouldUseMultipart: (file) => (file.size ?? 0) > PART_BYTES_MIN,
  generateObjectKey: (file) => file.meta.key,
  signRequest: (step) => signStep(step),
});

const files = new Map<string, string>();

// Ends when the last byte has arrived, and fails where it did not.
export function transfer({ id, file, key, onProgress }: Transfer): Promise<void> {
  giveUp(id);
  return new Promise((resolve, reject) => {
    const own = (other?: UppyFile<Meta, Body>) => other?.meta.item === id;
    const onBytes = (other: UppyFile<Meta, Body> | undefined, { bytesUploaded, bytesTotal }: { bytesUploaded: number | false; bytesTotal: number | null }) => {
      if (own(other) && bytesTotal) onProgress(Number(bytesUploaded) / bytesTotal);
    };
    const onSuccess = (other: UppyFile<Meta, Body> | undefined) => { if (own(other)) end(resolve); };
    const onError = (other: UppyFile<Meta, Body> | undefined, error: Error) => {
      if (own(other)) end(() => reject(error));
    };
    const onRemoved = (other: UppyFile<Meta, Body>) => { if (own(other)) end(() => reject(new Error('it was given up'))); };
    const end = (settle: () => void) => {
      uppy.off('upload-progress', onBytes);
      uppy.off('upload-success', onSuccess);
      uppy.off('upload-error', onError);
      uppy.off('file-removed', onRemoved);
      giveUp(id);
      settle();
    };
    uppy.on('upload-progress', onBytes);
    uppy.on('upload-success', onSuccess);
    uppy.on('upload-error', onError);
    uppy.on('file-removed', onRemoved);
    files.set(id, uppy.addFile({ name: file.name, type: file.type, data: file, meta: { item: id, key, relativePath: id } }));
    // Failures come by `upload-error`, file by file.
    uppy.upload().catch(() => {});
  });
}

// Whether it was in a state to be paused or resumed.
export function setPaused(id: string, isPaused: boolean): boolean {
  const known = uppy.getFiles().find(({ meta }) => meta.item === id);
  if (!known || known.progress.uploadComplete || Boolean(known.isPaused) === isPaused) {
    return false;
  }
  uppy.pauseResume(known.id);
  return true;
}

export function giveUp(id: string): void {
  const known = files.get(id);
  files.delete(id);
  if (known && uppy.getFile(known)) {
    uppy.removeFile(known);
  }
}
