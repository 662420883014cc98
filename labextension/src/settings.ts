/** What a person chose in the settings editor, handed to the journal and to the place of the panel. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import type { JournalModel } from './models/journal';
import { sentence } from './models/model';

type Side = 'left' | 'right';

export async function followSettings(
  registry: ISettingRegistry | null,
  id: string,
  journal: JournalModel,
  place: (side: Side) => void,
  restored: Promise<unknown>
): Promise<void> {
  let placed: Side | null = null;
  const at = (side: Side): void => {
    if (side !== placed) {
      placed = side;
      place(side);
    }
  };
  if (registry === null) {
    at('right');
    return;
  }
  try {
    const settings = await registry.load(id);
    const apply = (): void => {
      const { side, codeLines, thumbnails, pageSize } = settings.composite;
      journal.settings = {
        codeLines: bounded(codeLines, 1, 3, 2),
        thumbnails: thumbnails !== false
      };
      journal.timeline.pageSize = bounded(pageSize, 20, 500, 100);
      at(side === 'left' ? 'left' : 'right');
    };
    settings.changed.connect(apply);
    apply();
    await restored;
    // Restoring a layout puts the panel where it was; who chose a side in the settings wants it there.
    if (settings.user['side'] !== undefined) {
      placed = null;
      apply();
    }
  } catch (problem) {
    console.warn(
      `labjournal: settings could not be read. ${sentence(problem)}`
    );
    at('right');
  }
}

function bounded(
  value: unknown,
  least: number,
  most: number,
  otherwise: number
): number {
  return typeof value === 'number'
    ? Math.max(least, Math.min(most, Math.round(value)))
    : otherwise;
}
