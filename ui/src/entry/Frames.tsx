/** Data frames as they were after an execution: their shape, and on demand what stands in their columns. */
import type { FramePart } from '../answers';
import type { ColumnProfile } from '../profiles';
import { columnsOf, strip } from '../profiles';
import { count, short } from '../telling';
import type { Words } from '../words';
import { useWords } from '../words';

export function Frames({
  frames
}: {
  frames: readonly FramePart[];
}): JSX.Element {
  return (
    <ul className="lj-frames">
      {frames.map(frame => (
        <li key={frame.name}>
          <Frame frame={frame} />
        </li>
      ))}
    </ul>
  );
}

function Frame({ frame }: { frame: FramePart }): JSX.Element {
  const words = useWords();
  const { name, kind, rows, columns, complete } = frame;
  const known = columnsOf(frame.profile);
  const shape =
    rows === null
      ? words._n('%1 column', '%1 columns', columns)
      : words.__('%1 × %2', count(rows), count(columns));
  const title = (
    <>
      <code>{name}</code>{' '}
      <span
        title={words.__(
          '%1 rows and %2 columns',
          rows === null ? words.__('Unknown') : count(rows),
          count(columns)
        )}
      >
        {shape}
      </span>{' '}
      <span className="lj-faint">{kind}</span>
    </>
  );
  return known.length === 0 ? (
    <p>{title}</p>
  ) : (
    <details>
      <summary>{title}</summary>
      <table
        className="lj-profile"
        aria-label={words.__('Columns of %1', name)}
      >
        <tbody>
          {known.map((column, index) => (
            <Column key={index} column={column} />
          ))}
        </tbody>
      </table>
      {(!complete || known.length < columns) && (
        <p className="lj-faint">
          {words.__('Not every column was looked at, to keep the cell quick.')}
        </p>
      )}
    </details>
  );
}

function Column({ column }: { column: ColumnProfile }): JSX.Element {
  const words = useWords();
  const { name, type, nulls } = column;
  return (
    <tr>
      <th scope="row" title={name}>
        <span>{name}</span>
        <span className="lj-faint">{type}</span>
      </th>
      <td>
        <Picture column={column} />
      </td>
      <td>
        <span>{range(column, words)}</span>
        {nulls !== null && nulls > 0 && (
          <span className="lj-faint">
            {words.__('%1 % missing', percent(nulls))}
          </span>
        )}
      </td>
    </tr>
  );
}

const WIDE = 56;
const HIGH = 16;

/** A strip with the middle half and the median, or bars of the most frequent values. */
function Picture({ column }: { column: ColumnProfile }): JSX.Element | null {
  const words = useWords();
  const { quantiles, top } = column;
  const found = strip(quantiles);
  if (found !== null) {
    const { left, middle, right } = found;
    return (
      <svg
        className="lj-profile-picture"
        viewBox={`0 0 ${WIDE} ${HIGH}`}
        width={WIDE}
        height={HIGH}
        role="img"
        aria-label={words.__(
          'half of it between %1 and %2, median %3',
          told(quantiles[2]),
          told(quantiles[4]),
          told(quantiles[3])
        )}
      >
        <path d={`M0 8h${WIDE}`} className="lj-profile-line" />
        <rect
          x={left * WIDE}
          y={3}
          width={Math.max(2, (right - left) * WIDE)}
          height={10}
        />
        <path
          d={`M${Math.min(WIDE - 1, middle * WIDE)} 1v14`}
          className="lj-profile-median"
        />
      </svg>
    );
  }
  const most = Math.max(...top.map(({ times }) => times));
  return top.length === 0 ? null : (
    <svg
      className="lj-profile-picture"
      viewBox={`0 0 ${WIDE} ${HIGH}`}
      width={WIDE}
      height={HIGH}
      role="img"
      aria-label={top
        .map(({ value, times }) => words.__('%1: %2 times', value, times))
        .join(', ')}
    >
      {top.slice(0, 5).map(({ times }, index) => {
        const height = Math.max(1, (times / most) * HIGH);
        return (
          <rect
            key={index}
            x={index * 11}
            y={HIGH - height}
            width={9}
            height={height}
          />
        );
      })}
    </svg>
  );
}

function range(
  { quantiles, top, distinct }: ColumnProfile,
  words: Words
): string {
  if (quantiles.length === 7) {
    return quantiles[0] === quantiles[6]
      ? words.__('always %1', told(quantiles[0]))
      : words.__('%1 … %2', told(quantiles[0]), told(quantiles[6]));
  }
  if (top.length > 0) {
    return top
      .slice(0, 3)
      .map(({ value }) => value)
      .join(', ');
  }
  return distinct === null
    ? ''
    : words._n('%1 value', '%1 different values', distinct);
}

function told(value: ColumnProfile['quantiles'][number] | undefined): string {
  return typeof value === 'number'
    ? short(value)
    : (value ?? '').replace('T00:00:00', '');
}

function percent(part: number): string {
  return part < 0.01 ? '< 1' : String(Math.round(part * 100));
}
