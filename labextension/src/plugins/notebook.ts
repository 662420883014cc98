/** Tells the journal which notebook is in front, and notices a kernel that is not recorded. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';

import type { JournalModel } from '../models/journal';
import { Follower } from '../notebooks';
import { IJournal } from '../tokens';

export const notebookPlugin: JupyterFrontEndPlugin<void> = {
  id: 'labjournal-lab:notebook',
  description:
    'Lets the lab journal follow the notebook in front and its selected cell.',
  autoStart: true,
  requires: [IJournal, INotebookTracker],
  activate: (
    _: JupyterFrontEnd,
    journal: JournalModel,
    tracker: INotebookTracker
  ): void => {
    const follower = new Follower(tracker);
    const tell = (): void => {
      journal.notebook = follower.notebook;
    };
    journal.checks.source = () => follower.edited;
    follower.changed.connect(tell);
    follower.saved.connect(() => {
      if (journal.live.visible) {
        journal.checks.touched();
      }
    });
    tell();
    NotebookActions.executed.connect((_, { notebook }) => {
      const panel = tracker.currentWidget;
      const kernel = panel?.sessionContext.session?.kernel?.id;
      const { status } = journal.status;
      const on = status.state === 'ready' && status.answer.recording;
      if (panel?.content === notebook && kernel !== undefined && on) {
        void journal.kernels.executed(kernel);
      }
    });
  }
};
