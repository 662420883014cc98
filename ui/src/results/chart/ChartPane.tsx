/** A chart of results: which kind, of which metric, against which parameter. */
import { Suspense, lazy, useCallback } from 'react';

import { Boundary } from '../../Boundary';
import { Loading } from '../../States';
import type { Words } from '../../words';
import { useWords } from '../../words';
import type { ResultPart } from '../answers';
import type { ResultColumn } from '../columns';
import { curveNames } from '../columns';
import { cut } from '../values';
import type { ChartChoice, ChartKind } from '../view';
import { against } from './against';
import { curves } from './curves';
import type { Colours, Drawn } from './drawing';
import { overTime } from './overTime';
import { parallel } from './parallel';

const Canvas = lazy(() => import('./Canvas'));

interface ChartPaneProps {
  rows: readonly ResultPart[];
  columns: readonly ResultColumn[];
  chosen: ReadonlySet<string>;
  choice: ChartChoice;
  onChoice: (choice: ChartChoice) => void;
  onOpen: (row: ResultPart) => void;
}

const OFFERED = 300;

export function ChartPane(props: ChartPaneProps): JSX.Element {
  const { rows, columns, chosen, choice, onChoice, onOpen } = props;
  const words = useWords();
  const offered = offer(rows, columns, choice);
  const { metric, parameter, curve, kind } = offered;
  return (
    <div className="lj-chart">
      <div className="lj-results-fields">
        <label>
          {words.__('Chart')}
          <select
            value={kind}
            onChange={event =>
              onChoice({ ...choice, kind: event.target.value as ChartKind })
            }
          >
            {kinds(words).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {kind === 'curves' ? (
          <Choice
            label={words.__('Curve')}
            value={curve}
            names={offered.curves}
            onChoose={name => onChoice({ ...choice, curve: name })}
          />
        ) : (
          <Choice
            label={words.__('Metric')}
            value={metric?.name}
            names={offered.metrics.map(({ name }) => name)}
            onChoose={name => onChoice({ ...choice, metric: name })}
          />
        )}
        {kind === 'scatter' && (
          <Choice
            label={words.__('Parameter')}
            value={parameter?.name}
            names={offered.parameters.map(({ name }) => name)}
            onChoose={name => onChoice({ ...choice, parameter: name })}
          />
        )}
      </div>
      <Boundary>
        <Suspense fallback={<Loading lines={4} />}>
          <Drawing
            rows={rows}
            columns={columns}
            chosen={chosen}
            kind={kind}
            metric={metric}
            parameter={parameter}
            curve={curve}
            onOpen={onOpen}
          />
        </Suspense>
      </Boundary>
    </div>
  );
}

interface DrawingProps extends Pick<
  ChartPaneProps,
  'rows' | 'columns' | 'chosen' | 'onOpen'
> {
  kind: ChartKind;
  metric: ResultColumn | undefined;
  parameter: ResultColumn | undefined;
  curve: string | undefined;
}

function Drawing(props: DrawingProps): JSX.Element {
  const { rows, columns, chosen, kind, metric, parameter, curve } = props;
  const words = useWords();
  const draw = useCallback(
    (colours: Colours): Drawn | null => {
      if (kind === 'curves') {
        return curve === undefined
          ? null
          : curves(rows, curve, chosen, colours, words);
      }
      if (metric === undefined) {
        return null;
      }
      if (kind === 'time') {
        return overTime(rows, metric, chosen, colours, words);
      }
      if (kind === 'parallel') {
        return parallel(rows, columns, metric, chosen, colours, words);
      }
      return parameter === undefined
        ? null
        : against(rows, parameter, metric, chosen, colours, words);
    },
    [rows, columns, metric, parameter, curve, kind, chosen, words]
  );
  return (
    <Canvas draw={draw} nothing={nothing(kind, words)} onOpen={props.onOpen} />
  );
}

function Choice({
  label,
  value,
  names,
  onChoose
}: {
  label: string;
  value: string | undefined;
  names: readonly string[];
  onChoose: (name: string) => void;
}): JSX.Element {
  return (
    <label>
      {label}
      <select
        value={value ?? ''}
        disabled={names.length === 0}
        onChange={event => onChoose(event.target.value)}
      >
        {names.slice(0, OFFERED).map(name => (
          <option key={name} value={name}>
            {cut(name, 80)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What there is to choose from, and what is chosen where nobody chose. */
function offer(
  rows: readonly ResultPart[],
  columns: readonly ResultColumn[],
  choice: ChartChoice
) {
  const metrics = columns.filter(({ kind }) => kind === 'metric');
  const parameters = columns.filter(({ kind }) => kind === 'parameter');
  const names = curveNames(rows);
  return {
    kind: choice.kind,
    metrics,
    parameters,
    curves: names,
    metric: metrics.find(({ name }) => name === choice.metric) ?? metrics[0],
    parameter:
      parameters.find(({ name }) => name === choice.parameter) ?? parameters[0],
    curve: names.find(name => name === choice.curve) ?? names[0]
  };
}

function kinds(words: Words): { id: ChartKind; name: string }[] {
  return [
    { id: 'time', name: words.__('Metric over time') },
    { id: 'scatter', name: words.__('Parameter against metric') },
    { id: 'parallel', name: words.__('Parallel coordinates') },
    { id: 'curves', name: words.__('Learning curves') }
  ];
}

function nothing(kind: ChartKind, words: Words): string {
  switch (kind) {
    case 'time':
      return words.__('None of these results has such a metric.');
    case 'scatter':
      return words.__(
        'None of these results has both the parameter and the metric.'
      );
    case 'parallel':
      return words.__(
        'No parameter shown here has different values in results with this metric.'
      );
    case 'curves':
      return words.__('None of these results has a learning curve.');
  }
}
