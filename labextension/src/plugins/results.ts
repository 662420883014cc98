/** The table of results in a tab of its own, where there is room for many columns. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { Words } from '../../../ui/src/words';
import { CommandIDs, openMenu } from '../commands';
import { journalIcon } from '../icons';
import type { JournalModel } from '../models/journal';
import { remember } from '../remembering';
import type { ResultsDeeds } from '../ResultsPart';
import { Thumbnails } from '../thumbnails';
import { IJournal } from '../tokens';

export const resultsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'labjournal-lab:results',
  description:
    'Shows what was tried, with parameters and metrics side by side.',
  autoStart: true,
  requires: [IJournal],
  optional: [
    ICommandPalette,
    ILabShell,
    ILayoutRestorer,
    ITranslator,
    IStateDB
  ],
  activate: (
    app: JupyterFrontEnd,
    journal: JournalModel,
    palette: ICommandPalette | null,
    lab: ILabShell | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    state: IStateDB | null
  ): void => {
    const words = (translator ?? nullTranslator).load('labjournal');
    if (state !== null) {
      void remember(state, journal.results);
    }
    const tracker = new WidgetTracker<MainAreaWidget>({
      namespace: 'labjournal-results'
    });
    app.commands.addCommand(CommandIDs.showResults, {
      label: words.__('Show Results'),
      caption: words.__('What was tried: parameters and metrics side by side'),
      icon: journalIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        // Notebook 7 has room for one thing in its main area: there the table stands below it.
        const tab = tracker.currentWidget ?? (await made(app, journal, words));
        if (!tracker.has(tab)) {
          await tracker.add(tab);
          tab.toggleClass('lj-mod-below', lab === null);
          app.shell.add(tab, lab === null ? 'down' : 'main');
        }
        app.shell.activateById(tab.id);
      }
    });
    palette?.addItem({
      command: CommandIDs.showResults,
      category: words.__('Lab Journal')
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.showResults,
      name: ({ id }) => id
    });
  }
};

async function made(
  app: JupyterFrontEnd,
  journal: JournalModel,
  words: Words
): Promise<MainAreaWidget> {
  const { resultsTab } = await import('../ResultsPart');
  return resultsTab(journal.results, deeds(app, journal), words);
}

function deeds(
  { commands }: JupyterFrontEnd,
  journal: JournalModel
): ResultsDeeds {
  const pictures = new Thumbnails(journal.client);
  return {
    onOpen: ({ address }) =>
      void commands.execute(CommandIDs.openEntry, { address }),
    onGoToCell: ({ address, cell_id, server_path }) =>
      void commands.execute(
        CommandIDs.goToCell,
        typeof server_path === 'string' && cell_id !== null
          ? { notebook: server_path, cellId: cell_id }
          : { address }
      ),
    onWhy: ({ address }) =>
      void commands.execute(CommandIDs.why, {
        target: address,
        label: address,
        way: 'before'
      }),
    onNotebook: ({ address, server_path }) =>
      void commands.execute(CommandIDs.notebookFor, {
        address,
        ...(typeof server_path === 'string' && { notebook: server_path })
      }),
    onMenu: ({ address, server_path }, x, y) =>
      openMenu(commands, { address, notebook: server_path ?? null }, x, y),
    evidence: {
      onOpen: address =>
        void commands.execute(CommandIDs.openEntry, { address }),
      onWhy: (target, label, way) =>
        void commands.execute(CommandIDs.why, { target, label, way })
    },
    thumbnail: pictures.get
  };
}
