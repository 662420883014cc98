/** Metrics and tags as small chips. */
import type { Num } from './answers';
import { short } from './telling';

export function MetricChips({
  metrics,
  most = 3
}: {
  metrics: Record<string, Num>;
  most?: number;
}): JSX.Element | null {
  const entries = Object.entries(metrics);
  return entries.length === 0 ? null : (
    <>
      {entries.slice(0, most).map(([name, value]) => (
        <span key={name} className="lj-chip" title={`${name} = ${value}`}>
          <span className="lj-chip-name">{name}</span> <b>{short(value)}</b>
        </span>
      ))}
      {entries.length > most && (
        <span className="lj-chip lj-mod-count">+{entries.length - most}</span>
      )}
    </>
  );
}

export function TagChips({ tags }: { tags: readonly string[] }): JSX.Element {
  return (
    <>
      {tags.map(tag => (
        <span key={tag} className="lj-chip lj-mod-tag" title={tag}>
          {tag}
        </span>
      ))}
    </>
  );
}
