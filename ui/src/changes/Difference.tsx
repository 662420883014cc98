/** What differs between two runs or results: the sentence, what explains it, then code, data and surroundings. */
import { useState } from 'react';

import type { JsonValue } from '../answers';
import { Button } from '../Button';
import type {
  CodeChange,
  DataChange,
  DiffAnswer,
  OutputChange,
  ValueChange
} from '../origins';
import { cut, said } from '../results/values';
import { DiffView } from '../versions/DiffView';
import { useWords } from '../words';
import type { EvidenceDeeds } from './Causes';
import { Causes } from './Causes';
import type { Picture } from './Pictures';
import { Pictures } from './Pictures';

const LINES = 200;

export function Difference({
  answer,
  evidence = {},
  picture,
  also = ''
}: {
  answer: DiffAnswer;
  evidence?: EvidenceDeeds;
  /** Fetches what an execution showed; absent where pictures are not shown. */
  picture?: Picture;
  /** A sentence that stands below the summary. */
  also?: string;
}): JSX.Element {
  const words = useWords();
  const data = answer.data.filter(({ what }) => what !== 'same');
  const code = answer.code.filter(
    ({ a_source, b_source }) => a_source !== b_source
  );
  if (answer.comparable === false) {
    return <p className="lj-compare-summary">{answer.summary}</p>;
  }
  return (
    <>
      <p className="lj-compare-summary">{answer.summary}</p>
      {also !== '' && <p className="lj-compare-summary">{also}</p>}
      <Causes causes={answer.causes ?? []} {...evidence} />
      <h4>{words.__('Code')}</h4>
      {code.length === 0 ? (
        <p className="lj-faint">{words.__('no difference')}</p>
      ) : (
        code
          .slice(0, LINES)
          .map((change, index) => <OneChange key={index} change={change} />)
      )}
      <h4>{words.__('Data')}</h4>
      {data.length === 0 ? (
        <p className="lj-faint">{words.__('no difference')}</p>
      ) : (
        <ul className="lj-compare-data">
          {data.slice(0, LINES).map((change, index) => (
            <OneDatum key={index} change={change} />
          ))}
        </ul>
      )}
      <Values name={words.__('Environment')} changes={answer.environment} />
      <Values name={words.__('Git')} changes={answer.git} />
      {(answer.outputs ?? []).length > 0 && (
        <>
          <h4>{words.__('What cells showed')}</h4>
          <ul className="lj-compare-data">
            {(answer.outputs ?? []).slice(0, LINES).map((output, index) => (
              <OneOutput key={index} output={output} picture={picture} />
            ))}
          </ul>
        </>
      )}
      {answer.remarks.map((remark, index) => (
        <p key={index} className="lj-faint">
          {remark}
        </p>
      ))}
    </>
  );
}

function OneOutput({
  output,
  picture
}: {
  output: OutputChange;
  picture?: Picture;
}): JSX.Element {
  const words = useWords();
  const [open, setOpen] = useState(false);
  const { what, a, b, summary } = output;
  const both =
    what === 'picture' && a !== null && b !== null && picture !== undefined;
  return (
    <li>
      {cut(summary, 1000)}{' '}
      {both && (
        <Button
          label={words.__('Compare the pictures of %1 and %2', a, b)}
          pressed={open}
          onClick={() => setOpen(!open)}
        >
          {words.__('Compare the pictures')}
        </Button>
      )}
      {both && open && <Pictures a={a} b={b} picture={picture} />}
    </li>
  );
}

function OneChange({ change }: { change: CodeChange }): JSX.Element {
  const words = useWords();
  const { a, b, a_source, b_source } = change;
  return (
    <div className="lj-compare-code">
      <p className="lj-faint">{change.what}</p>
      <DiffView
        before={cut(a_source ?? '', 50_000)}
        after={cut(b_source ?? '', 50_000)}
        label={words.__('What changed from %1 to %2', a ?? '–', b ?? '–')}
      />
    </div>
  );
}

function OneDatum({ change }: { change: DataChange }): JSX.Element {
  return <li title={cut(change.name, 2000)}>{cut(change.summary, 1000)}</li>;
}

function Values({
  name,
  changes
}: {
  name: string;
  changes: readonly ValueChange[];
}): JSX.Element | null {
  return changes.length === 0 ? null : (
    <>
      <h4>{name}</h4>
      <ul className="lj-compare-data">
        {changes.slice(0, LINES).map(({ name: what, a, b }) => (
          <li key={what}>
            <b>{cut(what, 120)}</b> {spoken(a)} → {spoken(b)}
          </li>
        ))}
      </ul>
    </>
  );
}

function spoken(value: JsonValue): string {
  return value === null ? '–' : said(value);
}
