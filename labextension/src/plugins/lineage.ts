/** "Where does this come from?", asked of a file in the file browser, in the palette, or of anything that the panel shows. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import {
  Clipboard,
  Dialog,
  ICommandPalette,
  InputDialog,
  Notification,
  WidgetTracker,
  showDialog
} from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { TabPanel } from '@lumino/widgets';

import type { WhyAnswer } from '../../../ui/src/origins';
import { basename } from '../../../ui/src/telling';
import type { Words } from '../../../ui/src/words';
import { Refused } from '../client';
import { CommandIDs } from '../commands';
import { journalIcon } from '../icons';
import type { LineageDeeds } from '../lineage';
import type { JournalModel } from '../models/journal';
import type { Question } from '../models/lineage';
import { LineageModel, addressIn } from '../models/lineage';
import { sentence } from '../models/model';
import { PANEL_ID } from '../panel';
import { IJournal } from '../tokens';

export const lineagePlugin: JupyterFrontEndPlugin<void> = {
  id: 'labjournal-lab:lineage',
  description:
    'Answers where a file, a figure or a metric comes from, with a graph.',
  autoStart: true,
  requires: [IJournal],
  optional: [
    IFileBrowserFactory,
    ICommandPalette,
    ILabShell,
    ILayoutRestorer,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    journal: JournalModel,
    files: IFileBrowserFactory | null,
    palette: ICommandPalette | null,
    lab: ILabShell | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const words = (translator ?? nullTranslator).load('labjournal');
    // Notebook 7 has room for one thing in its main area: there the answer stands below it.
    const tabs = new Tabs(app, journal, lab === null ? 'down' : 'main', words);
    app.commands.addCommand(CommandIDs.why, {
      label: words.__('Where does this come from?'),
      caption: words.__(
        'What made a file, a figure or a metric, of which data, and the whole story behind it'
      ),
      icon: journalIcon,
      describedBy: { args: WHY_ARGS },
      execute: async args => {
        const asked = await questionOf(args, files, words);
        if (asked !== null) {
          await tabs.ask(asked);
        }
      }
    });
    palette?.addItem({
      command: CommandIDs.why,
      category: words.__('Lab Journal')
    });
    void restorer?.restore(tabs.tracker, {
      command: CommandIDs.why,
      args: ({ id }) => ({ ...tabs.question(id) }),
      name: ({ id }) => id
    });
  }
};

const WHY_ARGS = {
  type: 'object',
  properties: {
    target: {
      type: 'string',
      description:
        'A file (also moved or renamed), RUN/N, RUN/N:METRIC, or a node of a lineage. It is asked for where it is left out.'
    },
    label: { type: 'string', description: 'What a person calls it.' },
    way: {
      type: 'string',
      enum: ['before', 'after'],
      description: 'Back to where it comes from, or forward to who used it.'
    },
    fromFileBrowser: {
      type: 'boolean',
      description: 'Whether the file selected in the file browser is meant.'
    }
  }
} as const;

interface Asked extends Question {
  /** Whether the answer is looked at before a tab is opened: nobody knows yet that there is one. */
  unsure: boolean;
}

/** What is asked about, null where nothing is. */
async function questionOf(
  args: ReadonlyPartialJSONObject,
  files: IFileBrowserFactory | null,
  words: Words
): Promise<Asked | null> {
  const { target, label } = args;
  const way = args['way'] === 'after' ? 'after' : 'before';
  if (typeof target === 'string' && target !== '') {
    return {
      target,
      label: typeof label === 'string' ? label : basename(target),
      way,
      unsure: false
    };
  }
  const selected = files?.tracker.currentWidget?.selectedItems().next();
  if (args['fromFileBrowser'] === true && selected?.value) {
    const { path, name } = selected.value;
    return { target: path, label: name, way, unsure: true };
  }
  const { button, value } = await InputDialog.getText({
    title: words.__('Where does this come from?'),
    label: words.__('A file, an address (RUN/N) or a metric (RUN/N:NAME)'),
    placeholder: 'results/model.pkl'
  });
  const text = value?.trim() ?? '';
  return button.accept && text !== ''
    ? { target: text, label: basename(text), way, unsure: true }
    : null;
}

class Tabs {
  readonly tracker = new WidgetTracker<MainAreaWidget>({
    namespace: 'labjournal-lineage'
  });
  private readonly questions = new Map<string, Question>();

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly journal: JournalModel,
    private readonly area: 'main' | 'down',
    private readonly words: Words
  ) {}

  question(id: string): Question | undefined {
    return this.questions.get(id);
  }

  /** The tab of the question: the one that is open, else a new one. */
  async ask({ unsure, ...question }: Asked): Promise<void> {
    const id = `labjournal-lineage:${question.way}:${question.target}`;
    const open = this.tracker.find(tab => tab.id === id);
    if (open !== undefined) {
      this.show(open);
      return;
    }
    try {
      const why = unsure ? await this.why(question) : null;
      await this.open(id, question, why);
    } catch (problem) {
      await this.refused(question, problem);
    }
  }

  private why({ target, way }: Question): Promise<WhyAnswer> {
    return this.journal.client.why(target, way === 'after');
  }

  private async open(
    id: string,
    question: Question,
    why: WhyAnswer | null
  ): Promise<void> {
    const { lineageTab } = await import('../lineage');
    const tab = lineageTab(
      new LineageModel(this.journal.client, question, why),
      this.deeds(),
      this.words
    );
    tab.id = id;
    tab.toggleClass('lj-mod-below', this.area === 'down');
    this.questions.set(id, question);
    tab.disposed.connect(() => this.questions.delete(id));
    await this.tracker.add(tab);
    this.app.shell.add(tab, this.area);
    this.show(tab);
  }

  private show(tab: MainAreaWidget): void {
    // Notebook 7 does not bring tabs below a notebook to the front by their id.
    const below = tab.parent?.parent;
    if (below instanceof TabPanel) {
      below.currentWidget = tab;
    }
    this.app.shell.activateById(tab.id);
  }

  /** The server's sentence, which names the nearest known thing where there is one, and the way to it. */
  private async refused({ label }: Question, problem: unknown): Promise<void> {
    if (!(problem instanceof Refused && problem.status === 404)) {
      Notification.error(sentence(problem), { autoClose: 15_000 });
      return;
    }
    const nearest = addressIn(problem.message);
    const { button } = await showDialog({
      title: this.words.__('Nobody recorded %1', label),
      body: problem.message,
      buttons: [
        Dialog.cancelButton({ label: this.words.__('Close') }),
        Dialog.okButton({
          label:
            nearest === null
              ? this.words.__('Search the journal')
              : this.words.__('Open %1', nearest)
        })
      ]
    });
    if (button.accept && nearest !== null) {
      await this.app.commands.execute(CommandIDs.openEntry, {
        address: nearest
      });
    } else if (button.accept) {
      this.journal.entry.close();
      this.journal.search.ask(label);
      this.app.shell.activateById(PANEL_ID);
    }
  }

  private deeds(): LineageDeeds {
    const { commands } = this.app;
    return {
      onOpenEntry: address =>
        void commands.execute(CommandIDs.openEntry, { address }),
      onGoToCell: address =>
        void commands.execute(CommandIDs.goToCell, { address }),
      onWhy: (target, label) =>
        void commands.execute(CommandIDs.why, { target, label }),
      onOpenFile: path => void commands.execute('docmanager:open', { path }),
      onCopy: (text, what) => {
        Clipboard.copyToSystem(text);
        Notification.success(this.words.__('%1 copied', what), {
          autoClose: 1500
        });
      }
    };
  }
}
