// How the service is, from its own metrics, every two seconds.

import { useEffect, useState } from 'preact/hooks';

import { asProblem, Problem } from '../api/problem';
import { Empty, Failure, Waiting } from '../parts/states';
import { count, duration, percent } from '../parts/words';
import { parse, type Reading } from './metrics';
import { Plot } from './plot';
import { gauge, hitRatio, isKnown, latencies, latest, type Series } from './series';

const LOOK_MS = 2000;
// Five minutes.
const KEPT = 150;
const kept: { readings: Reading[] } = { readings: [] };

export function StatusPage() {
  const { readings, problem, elsewhere } = useReadings();
  useEffect(() => { document.title = 'Status – Darkroom'; }, []);
  if (elsewhere) {
    return (
      <Empty title="The metrics are in CloudWatch" text="On AWS no single process could tell of all of them. Open CloudWatch in the operator’s account; the namespace is Darkroom." />
    );
  }
  return (
    <div class="page">
      <h1>Status</h1>
      <p class="quiet">The last five minutes of this machine, live.</p>
      {problem && <Failure problem={problem} title={readings.length > 0 ? 'These numbers are old' : 'The metrics cannot be read'} />}
      {readings.length === 0 && !problem && <Waiting label="Reading the metrics" rows={4} />}
      {readings.length > 0 && <Measures readings={readings} />}
    </div>
  );
}

function Measures({ readings }: { readings: Reading[] }) {
  const share = (value: number) => percent(value, 1);
  const number = (value: number) => count(Math.round(value));
  const has = (metric: string) => isKnown(readings, metric);
  return (
    <div class="measures">
      <Measure title="Hit ratio of the edge" about="Images answered without asking the origin" series={hitRatio(readings)} text={share} known={has('darkroom_edge_answers_total')} max={1} />
      <Measure title="Delivery" about="Time to answer for an image" series={latencies(readings, 'delivery')} text={duration} known={has('darkroom_http_seconds')} />
      <Measure title="API" about="Time to answer a call" series={latencies(readings, 'api')} text={duration} known={has('darkroom_http_seconds')} />
      <Measure title="Outbox age" about="How long the oldest change waits for Kafka" series={gauge(readings, 'darkroom_outbox_oldest_seconds', 'oldest')} text={duration} known={has('darkroom_outbox_oldest_seconds')} />
      <Measure title="Outbox" about="Changes that Kafka has not acknowledged" series={gauge(readings, 'darkroom_outbox_entries', 'waiting')} text={number} known={has('darkroom_outbox_entries')} />
      <Measure title="Feed lag" about="Messages that the feed has not taken yet" series={gauge(readings, 'darkroom_feed_lag_messages', 'messages')} text={number} known={has('darkroom_feed_lag_messages')} />
    </div>
  );
}

interface Props {
  title: string;
  about: string;
  series: Series[];
  text: (value: number) => string;
  known: boolean;
  max?: number;
}

function Measure({ title, about, series, text, known, max }: Props) {
  const values = series.map((one) => ({ name: one.name, value: latest(one) }));
  return (
    <section class="panel measure" aria-label={title}>
      <h2>{title}</h2>
      <p class="quiet">{about}</p>
      <p class="measure-values">
        {known
          ? values.map(({ name, value }, at) => (
            <span key={name} class="measure-value"><strong>{value === null ? '–' : text(value)}</strong>
              <span class="legend"><i class={`line-${at}`} aria-hidden="true" />{name}</span></span>
          ))
          : <span class="quiet">This service does not measure it.</span>}
      </p>
      {known && <Plot series={series} text={text} max={max} label={`${title}, over time`} />}
    </section>
  );
}

function useReadings() {
  const [readings, setReadings] = useState(kept.readings);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [elsewhere, setElsewhere] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const look = async () => {
      // A page that nobody sees asks nothing.
      if (document.visibilityState === 'hidden') return;
      try {
        const answer = await fetch('/metrics', { signal: stop.signal });
        if (answer.status === 404) {
          setElsewhere(true);
          return;
        }
        if (!answer.ok) throw new Problem(answer.status, 'metrics_unavailable', `the metrics answered ${answer.status}`);
        kept.readings = [...kept.readings, { at: Date.now(), samples: parse(await answer.text()) }].slice(-KEPT);
        setReadings(kept.readings);
        setProblem(null);
      } catch (error) {
        if (!stop.signal.aborted) setProblem(asProblem(error));
      }
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, []);
  return { readings, problem, elsewhere };
}
