// Signing in, and the first password of an invited user.

import { useState } from 'preact/hooks';

import { asProblem, type Problem } from '../api/problem';
import { Failure } from '../parts/states';
import { Mark } from '../shell/bar';
import { choosePassword, ended, signIn, type Challenge } from './session';

export function SignInPage() {
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  return (
    <main class="door" id="main">
      <div class="door-card">
        <div class="door-brand"><Mark /><span>Darkroom</span></div>
        {challenge
          ? <NewPassword challenge={challenge} back={() => setChallenge(null)} />
          : <SignIn challenged={setChallenge} />}
      </div>
    </main>
  );
}

function SignIn({ challenged }: { challenged: (challenge: Challenge) => void }) {
  const { problem, busy, submit } = useSubmit(async (form) => {
    const challenge = await signIn(text(form, 'username').trim(), text(form, 'password'));
    if (challenge) challenged(challenge);
  });
  return (
    <form onSubmit={submit}>
      <h1>Sign in</h1>
      {ended.value && !problem && <p class="hint" role="status">Your session has ended. Sign in to go on where you were.</p>}
      {problem && <Failure problem={problem} />}
      <label class="field">
        <span>E-mail</span>
        <input name="username" type="email" autocomplete="username" required autoFocus />
      </label>
      <label class="field">
        <span>Password</span>
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      <button class="button primary wide" disabled={busy}>{busy ? 'Signing in…' : 'Sign in'}</button>
      <p class="quiet small-print">Accounts are by invitation. Whoever runs Darkroom can add you.</p>
    </form>
  );
}

function NewPassword({ challenge, back }: { challenge: Challenge; back: () => void }) {
  const { problem, busy, submit } = useSubmit((form) => choosePassword(challenge, text(form, 'password')));
  return (
    <form onSubmit={submit}>
      <h1>Choose a password</h1>
      <p class="hint">Yours was temporary, {challenge.username}. Choose one that only you know.</p>
      {problem && <Failure problem={problem} />}
      <input type="hidden" name="username" autocomplete="username" value={challenge.username} />
      <label class="field">
        <span>New password</span>
        <input name="password" type="password" autocomplete="new-password" required minLength={8} autoFocus />
      </label>
      <button class="button primary wide" disabled={busy}>{busy ? 'Saving…' : 'Save and sign in'}</button>
      <button type="button" class="button wide" onClick={back}>Back</button>
    </form>
  );
}

function useSubmit(send: (form: FormData) => Promise<void>) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      await send(new FormData(event.currentTarget as HTMLFormElement));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return { problem, busy, submit: (event: SubmitEvent) => void submit(event) };
}

const text = (form: FormData, name: string) => String(form.get(name) ?? '');
