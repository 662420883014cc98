/** The commands of this extension: their ids, what they take, and what they do. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, InputDialog, Notification } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Menu } from '@lumino/widgets';

import type { ExportKind, Which } from '../../ui/src/answers';
import { parts } from '../../ui/src/answers';
import type { Words } from '../../ui/src/words';
import { Exporter } from './exporting';
import { journalIcon } from './icons';
import type { JournalModel } from './models/journal';
import { sentence } from './models/model';
import type { Cell } from './models/versions';
import { findNotebook, goToCell } from './notebooks';
import { PANEL_ID } from './panel';

export const CommandIDs = {
  showPanel: 'labjournal:show-panel',
  pause: 'labjournal:pause',
  resume: 'labjournal:resume',
  exportPage: 'labjournal:export-page',
  exportNotebook: 'labjournal:export-notebook',
  exportRecord: 'labjournal:export-record',
  replay: 'labjournal:replay',
  replayRecorded: 'labjournal:replay-recorded',
  notebookFor: 'labjournal:notebook-for-result',
  recipe: 'labjournal:recipe',
  cellVersions: 'labjournal:cell-versions',
  openEntry: 'labjournal:open-entry',
  goToCell: 'labjournal:go-to-cell',
  name: 'labjournal:name',
  copyAddress: 'labjournal:copy-address',
  why: 'labjournal:why',
  whatChanged: 'labjournal:what-changed',
  showResults: 'labjournal:show-results'
} as const;

/** Commands that a person finds in the palette. */
export const IN_PALETTE = [
  CommandIDs.showPanel,
  CommandIDs.pause,
  CommandIDs.resume,
  CommandIDs.cellVersions,
  CommandIDs.whatChanged,
  CommandIDs.exportPage,
  CommandIDs.exportNotebook,
  CommandIDs.exportRecord,
  CommandIDs.replay,
  CommandIDs.replayRecorded
];

const ADDRESS = {
  args: {
    type: 'object',
    properties: {
      address: {
        type: 'string',
        description:
          'RUN or RUN/N; the latest run of the notebook in front where it is left out.'
      },
      notebook: {
        type: 'string',
        description: 'Server path of the notebook of the run.'
      }
    }
  }
} as const;

interface Wanted {
  address: string;
  notebook: string | null;
}

export function addCommands(
  app: JupyterFrontEnd,
  journal: JournalModel,
  tracker: INotebookTracker | null,
  words: Words
): void {
  const { commands } = app;
  const show = (): void => app.shell.activateById(PANEL_ID);
  const exporter = new Exporter(
    journal.client,
    async (address, choice, force) => {
      await journal.jobs.prove(address, choice, force);
      show();
    },
    answer => {
      journal.jobs.exported(answer);
      show();
    },
    commands,
    words
  );
  const attempt = async (deed: () => Promise<unknown>): Promise<void> => {
    try {
      await deed();
    } catch (problem) {
      Notification.error(sentence(problem), { autoClose: 8000 });
    }
  };
  const onWanted = async (
    args: ReadonlyPartialJSONObject,
    deed: (wanted: Wanted) => Promise<unknown>
  ): Promise<void> =>
    attempt(async () => {
      const wanted = await wantedBy(args, journal);
      if (wanted === null) {
        Notification.info(
          words.__('Nothing has been recorded for this notebook yet.'),
          { autoClose: 5000 }
        );
      } else {
        await deed(wanted);
      }
    });

  commands.addCommand(CommandIDs.showPanel, {
    label: words.__('Show Lab Journal'),
    icon: journalIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: show
  });
  for (const on of [false, true]) {
    commands.addCommand(on ? CommandIDs.resume : CommandIDs.pause, {
      label: on ? words.__('Resume Recording') : words.__('Pause Recording'),
      caption: on
        ? words.__('All kernels record again what they execute')
        : words.__('No kernel records what it executes until you resume'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => attempt(() => journal.status.record(on))
    });
  }
  const exports: [string, ExportKind, string][] = [
    [CommandIDs.exportPage, 'html', words.__('Export Run as Page…')],
    [
      CommandIDs.exportNotebook,
      'notebook',
      words.__('Export Run as Notebook…')
    ],
    [CommandIDs.exportRecord, 'crate', words.__('Export Run as Record…')]
  ];
  for (const [id, kind, label] of exports) {
    commands.addCommand(id, {
      label,
      describedBy: ADDRESS,
      execute: args =>
        onWanted(args, wanted => exporter.ask({ ...wanted, kind }))
    });
  }
  const replays: [string, Which, string, string][] = [
    [
      CommandIDs.replay,
      'current',
      words.__('Replay Run'),
      words.__(
        'Execute it again in a fresh kernel, beside your files, and compare'
      )
    ],
    [
      CommandIDs.replayRecorded,
      'recorded',
      words.__('Replay Run in Its Recorded Environment'),
      words.__(
        'Installs the recorded versions of what it used into an environment of its own, from your package index; this can take minutes the first time'
      )
    ]
  ];
  for (const [id, environment, label, caption] of replays) {
    commands.addCommand(id, {
      label,
      caption,
      describedBy: ADDRESS,
      execute: args =>
        onWanted(args, async ({ address }) => {
          await journal.jobs.replay(address, environment);
          show();
        })
    });
  }
  commands.addCommand(CommandIDs.notebookFor, {
    label: words.__('Notebook for This Result…'),
    caption: words.__(
      'Only what it needs, in order, and run before you get it'
    ),
    icon: journalIcon,
    describedBy: ADDRESS,
    execute: args =>
      onWanted(args, wanted =>
        exporter.ask({ ...wanted, kind: 'notebook', settled: true })
      )
  });
  commands.addCommand(CommandIDs.recipe, {
    label: words.__('Show Recipe'),
    caption: words.__('Lights up in the timeline what it depends on'),
    describedBy: ADDRESS,
    execute: args =>
      onWanted(args, async ({ address }) => {
        show();
        await journal.showRecipe(address);
      })
  });
  commands.addCommand(CommandIDs.cellVersions, {
    label: words.__('Show Versions of This Cell'),
    icon: journalIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      journal.show('cell');
      show();
    }
  });
  commands.addCommand(CommandIDs.openEntry, {
    label: words.__('Open'),
    describedBy: ADDRESS,
    execute: args =>
      onWanted(args, async ({ address }) => {
        show();
        await journal.entry.open(address);
      })
  });
  commands.addCommand(CommandIDs.whatChanged, {
    label: words.__('What Changed Since the Run Before?'),
    caption: words.__(
      'Code, parameters, data, packages and order that differ, and which of them explains the numbers'
    ),
    describedBy: ADDRESS,
    execute: args =>
      onWanted(args, async ({ address }) => {
        journal.entry.close();
        show();
        await journal.changes.open({ address });
      })
  });
  commands.addCommand(CommandIDs.goToCell, {
    label: words.__('Go to Cell'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          notebook: {
            type: 'string',
            description: 'Server path of the notebook.'
          },
          cellId: { type: 'string', description: 'Id of the cell.' },
          address: {
            type: 'string',
            description:
              'RUN/N, an execution of the cell, in place of notebook and cellId.'
          }
        }
      }
    },
    execute: args =>
      attempt(async () => {
        const cell = await cellOf(args, journal);
        if (cell === null) {
          Notification.info(
            words.__('It is not known in which notebook this cell was.'),
            { autoClose: 5000 }
          );
        } else {
          await go(app, tracker, cell.notebook, cell.cellId, words);
        }
      })
  });
  commands.addCommand(CommandIDs.name, {
    label: words.__('Name This Run…'),
    describedBy: ADDRESS,
    execute: args =>
      onWanted(args, async ({ address }) => {
        const { button, value } = await InputDialog.getText({
          title: words.__('Name run %1', address),
          label: words.__('A name that works wherever an address does'),
          text: journal.timeline.run(parts(address).run)?.name ?? ''
        });
        if (button.accept && value !== null && value.trim() !== '') {
          await journal.client.name(address, value.trim());
          await journal.timeline.refresh();
        }
      })
  });
  commands.addCommand(CommandIDs.copyAddress, {
    label: words.__('Copy Address'),
    caption: words.__('For the command line: labjournal show ADDRESS'),
    describedBy: ADDRESS,
    execute: args =>
      onWanted(args, ({ address }) => {
        Clipboard.copyToSystem(address);
        return Promise.resolve();
      })
  });
}

/** The menu of a run or of an execution. */
export function openMenu(
  commands: CommandRegistry,
  wanted: Wanted,
  x: number,
  y: number
): void {
  const menu = new Menu({ commands });
  const args = {
    address: wanted.address,
    ...(wanted.notebook !== null && { notebook: wanted.notebook })
  };
  const add = (...ids: string[]): void =>
    ids.forEach(command => menu.addItem({ command, args }));
  if (parts(wanted.address).n === null) {
    add(CommandIDs.name);
  } else {
    add(CommandIDs.openEntry, CommandIDs.goToCell);
    menu.addItem({
      command: CommandIDs.why,
      args: { target: wanted.address, label: wanted.address }
    });
    add(CommandIDs.recipe, CommandIDs.notebookFor);
  }
  add(CommandIDs.whatChanged, CommandIDs.copyAddress);
  menu.addItem({ type: 'separator' });
  add(
    CommandIDs.exportPage,
    CommandIDs.exportNotebook,
    CommandIDs.exportRecord
  );
  menu.addItem({ type: 'separator' });
  add(CommandIDs.replay, CommandIDs.replayRecorded);
  // A menu is told it was closed before the chosen command is executed.
  menu.aboutToClose.connect(() => setTimeout(() => menu.dispose()));
  menu.open(x, y);
}

/** The run that is meant: the one that is named, else the latest of the notebook in front. */
async function wantedBy(
  args: ReadonlyPartialJSONObject,
  journal: JournalModel
): Promise<Wanted | null> {
  const { address, notebook } = args;
  if (typeof address === 'string' && address !== '') {
    return {
      address,
      notebook: typeof notebook === 'string' ? notebook : null
    };
  }
  const front = journal.notebook?.path;
  const { runs } = await journal.client.runs({ notebook: front, limit: 20 });
  const run = runs.find(
    candidate => candidate.executions > 0 && candidate.replay_of === null
  );
  return run === undefined
    ? null
    : { address: run.run, notebook: run.server_path ?? front ?? null };
}

/** The cell that is named, or that the execution at an address was of; null where nobody knows. */
async function cellOf(
  { notebook, cellId, address }: ReadonlyPartialJSONObject,
  journal: JournalModel
): Promise<Cell | null> {
  if (typeof notebook === 'string' && typeof cellId === 'string') {
    return { notebook, cellId };
  }
  if (typeof address !== 'string') {
    return null;
  }
  const { server_path, cell_id } = await journal.client.execution(address);
  return typeof server_path === 'string' && cell_id !== null
    ? { notebook: server_path, cellId: cell_id }
    : null;
}

async function go(
  app: JupyterFrontEnd,
  tracker: INotebookTracker | null,
  path: string,
  cellId: string,
  words: Words
): Promise<void> {
  if (tracker === null) {
    return;
  }
  if (findNotebook(tracker, path) === undefined) {
    await app.commands.execute('docmanager:open', { path });
  }
  const panel = findNotebook(tracker, path);
  if (panel === undefined) {
    return;
  }
  app.shell.activateById(panel.id);
  if (!(await goToCell(panel, cellId))) {
    Notification.info(
      words.__(
        'The cell is not in the notebook any more. Its code can be inserted as a new cell.'
      ),
      {
        autoClose: 6000
      }
    );
  }
}
