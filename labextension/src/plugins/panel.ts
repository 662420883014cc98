/** The panel beside the notebook, in JupyterLab and in Notebook 7. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { Words } from '../../../ui/src/words';
import { CommandIDs, openMenu } from '../commands';
import { highlighter } from '../highlighting';
import type { JournalModel } from '../models/journal';
import { sentence } from '../models/model';
import { insertBelow } from '../notebooks';
import { JournalPanel, PANEL_ID } from '../panel';
import type { Deeds } from '../PanelView';
import { recording } from '../recording';
import { Untrusted } from '../rendering';
import { followSettings } from '../settings';
import { Thumbnails } from '../thumbnails';
import { IJournal } from '../tokens';

export const PLUGIN_ID = 'labjournal-lab:plugin';

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Shows the lab journal beside the notebook.',
  autoStart: true,
  requires: [IJournal, IRenderMimeRegistry],
  optional: [
    INotebookTracker,
    ISettingRegistry,
    ILayoutRestorer,
    IEditorLanguageRegistry,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    journal: JournalModel,
    rendermime: IRenderMimeRegistry,
    tracker: INotebookTracker | null,
    settings: ISettingRegistry | null,
    restorer: ILayoutRestorer | null,
    languages: IEditorLanguageRegistry | null,
    translator: ITranslator | null
  ): void => {
    const words = (translator ?? nullTranslator).load('labjournal');
    const panel = new JournalPanel(
      journal,
      deeds(app, journal, rendermime, tracker, languages, words),
      words
    );
    restorer?.add(panel, PANEL_ID);
    const place = (side: 'left' | 'right'): void =>
      app.shell.add(panel, side, { rank: 550 });
    void followSettings(settings, PLUGIN_ID, journal, place, app.restored);
    journal.jobs.ended.connect((_, task) => {
      if (!panel.isVisible) {
        const show = {
          label: words.__('Show'),
          callback: () => app.shell.activateById(PANEL_ID)
        };
        Notification.info(
          task.kind === 'replay'
            ? words.__('The replay of %1 has ended.', task.replay.address)
            : words.__('The notebook for %1 has been run.', task.proof.address),
          { actions: [show], autoClose: 10_000 }
        );
      }
    });
  }
};

function deeds(
  app: JupyterFrontEnd,
  journal: JournalModel,
  rendermime: IRenderMimeRegistry,
  tracker: INotebookTracker | null,
  languages: IEditorLanguageRegistry | null,
  words: Words
): Deeds {
  const { commands } = app;
  const failed = (problem: unknown): void =>
    void Notification.error(sentence(problem), { autoClose: 8000 });
  const run = (id: string, address: string, notebook: string | null): void =>
    void commands.execute(id, {
      address,
      ...(notebook !== null && { notebook })
    });
  return {
    draw: new Untrusted(rendermime, words).draw,
    highlight: languages === null ? undefined : highlighter(languages),
    thumbnail: new Thumbnails(journal.client).get,
    recording: () => recording(journal, words),
    copy: (text, what) => {
      Clipboard.copyToSystem(text);
      Notification.success(words.__('%1 copied', what), { autoClose: 1500 });
    },
    goToCell: (notebook, entry) => {
      if (notebook === null || entry.cell_id === null) {
        Notification.info(
          words.__('It is not known in which notebook this cell was.'),
          { autoClose: 5000 }
        );
      } else {
        void commands.execute(CommandIDs.goToCell, {
          notebook,
          cellId: entry.cell_id
        });
      }
    },
    goToResult: ({ address, cell_id, server_path }) =>
      void commands.execute(
        CommandIDs.goToCell,
        typeof server_path === 'string' && cell_id !== null
          ? { notebook: server_path, cellId: cell_id }
          : { address }
      ),
    widenResults: () => void commands.execute(CommandIDs.showResults),
    insert: source => {
      const panel = tracker?.currentWidget ?? null;
      if (panel === null) {
        Notification.info(
          words.__('Open a notebook first; the cell is inserted there.'),
          { autoClose: 5000 }
        );
      } else {
        insertBelow(panel, source).then(
          () => app.shell.activateById(panel.id),
          failed
        );
      }
    },
    why: (target, label, way) =>
      void commands.execute(CommandIDs.why, { target, label, way }),
    export: (address, notebook) =>
      run(CommandIDs.exportPage, address, notebook),
    replay: address => run(CommandIDs.replay, address, null),
    replayRecorded: address => run(CommandIDs.replayRecorded, address, null),
    notebookFor: (address, notebook) =>
      run(CommandIDs.notebookFor, address, notebook),
    recipe: address => run(CommandIDs.recipe, address, null),
    stop: job => void journal.jobs.stop(job).catch(failed),
    showCell: (notebook, cellId) =>
      void commands.execute(CommandIDs.goToCell, { notebook, cellId }),
    openFile: path => void commands.execute('docmanager:open', { path }),
    menu: (address, notebook, x, y) =>
      openMenu(commands, { address, notebook }, x, y),
    record: on =>
      void commands.execute(on ? CommandIDs.resume : CommandIDs.pause),
    restartKernel: commands.hasCommand('notebook:restart-kernel')
      ? () => void commands.execute('notebook:restart-kernel')
      : undefined
  };
}
