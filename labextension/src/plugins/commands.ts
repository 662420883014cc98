/** Commands of the lab journal, in the palette where there is one. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IN_PALETTE, addCommands } from '../commands';
import type { JournalModel } from '../models/journal';
import { IJournal } from '../tokens';

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'labjournal-lab:commands',
  description:
    'Commands to show the lab journal, pause and resume it, export and replay runs.',
  autoStart: true,
  requires: [IJournal],
  optional: [ICommandPalette, INotebookTracker, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    journal: JournalModel,
    palette: ICommandPalette | null,
    tracker: INotebookTracker | null,
    translator: ITranslator | null
  ): void => {
    const words = (translator ?? nullTranslator).load('labjournal');
    addCommands(app, journal, tracker, words);
    const category = words.__('Lab Journal');
    IN_PALETTE.forEach(command => palette?.addItem({ command, category }));
  }
};
