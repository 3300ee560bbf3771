// What an answer that is no success says (RFC 9457), and what to do about it. `detail` comes from the service and says
// what is wrong; the advice here says what the reader of this page can do next, by the stable `code`.

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly request = '',
  ) {
    super(sentence(detail));
  }

  get advice(): string {
    return adviceFor(this.code, this.status);
  }
}

const ADVICE: Record<string, string> = {
  wrong_password: 'Check both and try again. Whoever runs Darkroom resets a password with “darkroom user reset”.',
  password_rules: 'Choose another password.',
  too_many_attempts: 'Wait a minute, then try again.',
  password_reset_required: 'Ask whoever runs Darkroom for a new temporary password.',
  session_ended: 'Sign in again.',
  role_missing: 'Ask an administrator of your organisation for the role that may do this.',
  customer_suspended: 'Ask whoever runs Darkroom why.',
  version_mismatch: 'Somebody changed it meanwhile. Look at what is here now, then make your change again.',
  image_deleted: 'Bring it back with “Undo”, then make your change.',
  image_not_found: 'It may have been erased. Go back to the photos.',
  snapshot_not_found: 'Choose another snapshot of this dataset.',
  snapshot_replaced: 'Open the snapshot that took its place.',
  prediction_not_configured: 'Ask whoever runs Darkroom to allow a model for you, then ask again.',
  endpoint_not_allowed: 'Ask one of the endpoints that are named here.',
  endpoint_throttled: 'Wait a few seconds, then ask again.',
  endpoint_unavailable: 'Wait a few seconds, then ask again.',
  model_not_ready: 'Ask again in a minute.',
  model_timed_out: 'Ask again.',
  model_refused: 'The model will not take this image: label it by hand.',
  model_failed: 'Ask again; if it stays, tell whoever runs the model.',
  not_an_image: 'Choose the picture itself; this file has only its name.',
  image_damaged: 'Open it in an editor, save it anew and upload that.',
  image_truncated: 'Copy it from where it came from again, whole, and upload that.',
  source_bytes_max: 'Save a smaller version and upload that.',
  source_pixels_max: 'Save a smaller version and upload that.',
  upload_ended: 'Choose the file again.',
  upload_not_found: 'Choose the file again.',
  offline: 'Check the network. What you were doing is still here: try again.',
  answer_unreadable: 'Something between this page and Darkroom answered in its place. Try again in a minute.',
};

function adviceFor(code: string, status: number): string {
  const known = ADVICE[code];
  if (known) {
    return known;
  }
  if (status === 401) return 'Sign in again.';
  if (status === 403) return 'Ask an administrator of your organisation for the right to do this.';
  if (status === 413 || status === 415 || status === 422) return 'Change the file as it says and upload it again.';
  if (status === 429 || status === 503) return 'Wait a few seconds, then try again.';
  if (status >= 500) return 'Try again in a minute; if it stays, tell whoever runs Darkroom the request’s number.';
  return 'Correct what it names and try again.';
}

// What to do about a file that was refused after it had arrived.
export function adviceOnRefusal(code: string): string {
  return adviceFor(code, 415);
}

// The service writes clauses; a page shows sentences.
export function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`;
}

export async function problemOf(answer: Response): Promise<Problem> {
  try {
    const { code, detail, title, request_id: request } = await answer.json();
    return new Problem(answer.status, String(code), String(detail ?? title), String(request ?? ''));
  } catch {
    return new Problem(answer.status, 'answer_unreadable', `the answer was ${answer.status} and cannot be read`);
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) {
    return error;
  }
  // What fetch throws where no answer came at all; the text differs from browser to browser and helps nobody.
  if (error instanceof TypeError) {
    return new Problem(0, 'offline', 'Darkroom cannot be reached');
  }
  return new Problem(0, 'unknown', error instanceof Error ? error.message : String(error));
}
