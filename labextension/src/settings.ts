/** What a person chose in the settings editor, handed to the journal and to the place of the panel. */
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import type { JournalModel } from './models/journal';
import { sentence } from './models/model';

export async function followSettings(
  registry: ISettingRegistry | null,
  id: string,
  journal: JournalModel,
  place: (side: 'left' | 'right') => void
): Promise<void> {
  if (registry === null) {
    place('right');
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
      place(side === 'left' ? 'left' : 'right');
    };
    settings.changed.connect(apply);
    apply();
  } catch (problem) {
    console.warn(
      `labjournal: settings could not be read. ${sentence(problem)}`
    );
    place('right');
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
