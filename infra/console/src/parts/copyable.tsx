// Text to take along: shown as it is, with a button that copies it.

import { useState } from 'preact/hooks';

import { Icon } from './icon';

const TOLD_MS = 2000;

export function Copyable({ label, text, language }: { label: string; text: string; language?: string }) {
  const [told, setTold] = useState<'' | 'copied' | 'select'>('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setTold('copied');
    } catch {
      // A page that is not served over https may not write there.
      setTold('select');
    }
    setTimeout(() => setTold(''), TOLD_MS);
  };
  return (
    <div class="copyable">
      <div class="copyable-head">
        <span>{label}</span>
        <button type="button" class="button small" onClick={() => void copy()} aria-label={`Copy ${label}`}>
          <Icon name={told === 'copied' ? 'check' : 'copy'} />
          {told === 'copied' ? 'Copied' : told === 'select' ? 'Select it by hand' : 'Copy'}
        </button>
      </div>
      <pre tabIndex={0} role="region" aria-label={label} data-language={language}><code>{text}</code></pre>
    </div>
  );
}
