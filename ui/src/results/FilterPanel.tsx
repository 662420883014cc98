/** Filters that take more than a line of text: a tag, bounds of metrics, replays. */
import { useState } from 'react';

import { Button } from '../Button';
import { useWords } from '../words';
import type { MetricColumn } from './answers';
import { cut } from './values';
import type { Filters, Range } from './view';

interface FilterPanelProps {
  filters: Filters;
  tags: readonly string[];
  metrics: readonly MetricColumn[];
  onFilters: (filters: Filters) => void;
}

const OFFERED = 300;

export function FilterPanel({
  filters,
  tags,
  metrics,
  onFilters
}: FilterPanelProps): JSX.Element {
  const words = useWords();
  const set = (name: string, range: Range | null): void => {
    const others = Object.entries(filters.ranges).filter(
      ([other]) => range !== null || other !== name
    );
    onFilters({
      ...filters,
      ranges: {
        ...Object.fromEntries(others),
        ...(range !== null && { [name]: range })
      }
    });
  };
  const free = metrics
    .filter(({ name }) => !Object.hasOwn(filters.ranges, name))
    .slice(0, OFFERED);
  return (
    <div
      className="lj-results-panel"
      role="group"
      aria-label={words.__('Filters')}
    >
      <div className="lj-results-fields">
        <label>
          {words.__('Tag')}
          <select
            value={filters.tag}
            onChange={event =>
              onFilters({ ...filters, tag: event.target.value })
            }
          >
            <option value="">{words.__('any')}</option>
            {tags.slice(0, OFFERED).map(tag => (
              <option key={tag} value={tag}>
                {cut(tag, 80)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {words.__('Bounds of')}
          <select
            value=""
            disabled={free.length === 0}
            onChange={event =>
              set(event.target.value, { least: null, most: null })
            }
          >
            <option value="">{words.__('choose a metric')}</option>
            {free.map(({ name }) => (
              <option key={name} value={name}>
                {cut(name, 80)}
              </option>
            ))}
          </select>
        </label>
        <label className="lj-results-check">
          <input
            type="checkbox"
            checked={filters.replays}
            onChange={event =>
              onFilters({ ...filters, replays: event.target.checked })
            }
          />
          {words.__('With replays')}
        </label>
      </div>
      {Object.entries(filters.ranges).map(([name, range]) => (
        <div key={name} className="lj-results-range">
          <span title={cut(name, 2000)}>{cut(name)}</span>
          <Bound
            label={words.__('Least %1', cut(name))}
            placeholder={words.__('least')}
            value={range.least}
            onChange={least => set(name, { ...range, least })}
          />
          <span aria-hidden="true">…</span>
          <Bound
            label={words.__('Most %1', cut(name))}
            placeholder={words.__('most')}
            value={range.most}
            onChange={most => set(name, { ...range, most })}
          />
          <Button
            icon="close"
            label={words.__('No bounds for %1', cut(name))}
            onClick={() => set(name, null)}
          />
        </div>
      ))}
    </div>
  );
}

function Bound({
  label,
  placeholder,
  value,
  onChange
}: {
  label: string;
  placeholder: string;
  value: number | null;
  onChange: (value: number | null) => void;
}): JSX.Element {
  const [text, setText] = useState(value === null ? '' : String(value));
  const read = numberIn(text);
  return (
    <input
      type="text"
      inputMode="decimal"
      value={text}
      aria-label={label}
      aria-invalid={text.trim() !== '' && read === null}
      placeholder={placeholder}
      onChange={event => {
        setText(event.target.value);
        onChange(numberIn(event.target.value));
      }}
    />
  );
}

/** The number that was typed, with a comma or a point; null where it is none. */
function numberIn(text: string): number | null {
  const read = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || !Number.isFinite(read) ? null : read;
}
