// Something that is fetched when a part of the page appears: waiting, there, or a problem that can be tried again.

import { useCallback, useEffect, useState } from 'preact/hooks';

import { asProblem, type Problem } from '../api/problem';

export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  again: () => void;
  set: (value: T) => void;
}

export function useLoaded<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [value, set] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    let gone = false;
    setProblem(null);
    load().then(
      (found) => { if (!gone) set(found); },
      (error) => { if (!gone) setProblem(asProblem(error)); },
    );
    return () => { gone = true; };
  }, [...inputs, tries]);
  const again = useCallback(() => setTries((before) => before + 1), []);
  return { value, problem, again, set };
}
