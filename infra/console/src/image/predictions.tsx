// What a model says the image shows: asked for, or suggested at upload; accepted, or corrected, as a label.

import { useState } from 'preact/hooks';

import { predict, type Image, type Prediction } from '../api/images';
import { asProblem, type Problem } from '../api/problem';
import { Icon } from '../parts/icon';
import { Failure } from '../parts/states';
import { percent } from '../parts/words';
import type { Change } from './image_page';

interface Said {
  label: string;
  confidence: number;
  probabilities: [string, number][];
  by: string;
}

const SHOWN_MAX = 5;
// SageMaker’s name for a variant that nobody named.
const UNNAMED = 'AllTraffic';

export function Predictions({ image, change }: { image: Image; change: Change | null }) {
  const [answer, setAnswer] = useState<Prediction | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const ask = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setAnswer(await predict(image.id));
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  const said = (answer && saidBy(answer)) ?? suggested(image);
  return (
    <section class="panel-part" aria-labelledby="predictions-title">
      <div class="panel-head">
        <h2 id="predictions-title">Prediction</h2>
        <button type="button" class="button small" disabled={busy} onClick={() => void ask()}>
          <Icon name="spark" />{busy ? 'Asking…' : said || answer ? 'Ask again' : 'Ask the model'}
        </button>
      </div>
      {problem && <Failure problem={problem} />}
      {said && <Opinion key={said.label} said={said} image={image} change={change} />}
      {answer && !said && <pre class="answer" tabIndex={0} role="region" aria-label="What the model answered">{JSON.stringify(answer.prediction, null, 2)}</pre>}
      {!said && !answer && !problem && <p class="quiet">A model can say what it sees here; you decide whether it is right.</p>}
    </section>
  );
}

function Opinion({ said, image, change }: { said: Said; image: Image; change: Change | null }) {
  const [correcting, setCorrecting] = useState(false);
  const accepted = image.labels.includes(said.label);
  const corrected = !accepted && image.labels.length > 0;
  return (
    <div class="opinion">
      <p class="opinion-label">
        <strong>{said.label}</strong> <span class="quiet">{percent(said.confidence)} sure, says {said.by}</span>
      </p>
      {said.probabilities.length > 1 && (
        <ul class="bars">
          {said.probabilities.map(([label, share]) => (
            <li key={label}>
              <span>{label}</span>
              <span class="bar-track" aria-hidden="true"><i style={{ width: `${share * 100}%` }} /></span>
              <span>{percent(share)}</span>
            </li>
          ))}
        </ul>
      )}
      {accepted && <p class="opinion-state"><Icon name="check" />Accepted: it is a label now.</p>}
      {corrected && <p class="quiet">The labels say otherwise.</p>}
      {change && !accepted && !correcting && (
        <div class="acts">
          <button type="button" class="button primary" onClick={() => void change({ labels: [...image.labels, said.label] })}>
            <Icon name="check" />Accept
          </button>
          <button type="button" class="button" onClick={() => setCorrecting(true)}>Correct</button>
        </div>
      )}
      {change && correcting && <Correction said={said} change={change} done={() => setCorrecting(false)} />}
    </div>
  );
}

function Correction({ said, change, done }: { said: Said; change: Change; done: () => void }) {
  const [text, setText] = useState('');
  const others = said.probabilities.map(([label]) => label).filter((label) => label !== said.label);
  const set = async (label: string) => {
    if (label) await change({ labels: [label] });
    done();
  };
  return (
    <form class="correction" onSubmit={(event) => { event.preventDefault(); void set(text.trim()); }}>
      <div class="chips">
        {others.map((label) => <button type="button" key={label} class="chip" onClick={() => void set(label)}>{label}</button>)}
      </div>
      <div class="label-form">
        <input aria-label="What it shows instead" placeholder={`Not ${said.label}, but…`} value={text} autoFocus maxLength={100}
          onInput={(event) => setText(event.currentTarget.value)} />
        <button class="button" disabled={!text.trim()}>Save</button>
      </div>
    </form>
  );
}

// The answer of a model of `darkroom deploy`; what another model answers is shown as it is.
function saidBy({ prediction, variant, endpoint }: Prediction): Said | null {
  const { label, confidence, probabilities } = (prediction ?? {}) as Record<string, unknown>;
  if (typeof label !== 'string' || typeof confidence !== 'number') {
    return null;
  }
  const all = Object.entries((probabilities ?? {}) as Record<string, number>).sort(([, one], [, other]) => other - one);
  return { label, confidence, probabilities: all.slice(0, SHOWN_MAX), by: variant && variant !== UNNAMED ? variant : endpoint };
}

function suggested({ suggestion }: Image): Said | null {
  if (!suggestion) {
    return null;
  }
  const { label, confidence, model, endpoint } = suggestion;
  return { label, confidence, probabilities: [], by: model ?? endpoint };
}
