/** Tabs that move with the arrow keys. */
import type { KeyboardEvent } from 'react';

export interface Tab<T extends string> {
  id: T;
  label: string;
}

interface TabsProps<T extends string> {
  tabs: readonly Tab<T>[];
  chosen: T;
  label: string;
  controls: string;
  onChoose: (id: T) => void;
}

export function Tabs<T extends string>({
  tabs,
  chosen,
  label,
  controls,
  onChoose
}: TabsProps<T>): JSX.Element {
  const move = (event: KeyboardEvent<HTMLDivElement>): void => {
    const step =
      event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const at = tabs.findIndex(tab => tab.id === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (step !== 0 && next !== undefined) {
      event.preventDefault();
      onChoose(next.id);
      const buttons =
        event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]');
      buttons[tabs.indexOf(next)]?.focus();
    }
  };
  return (
    <div className="lj-tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(tab => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          className="lj-tab"
          aria-selected={tab.id === chosen}
          aria-controls={controls}
          tabIndex={tab.id === chosen ? 0 : -1}
          onClick={() => onChoose(tab.id)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}
