/** The journal itself: what other plugins show and change, and the server's live updates that keep it up to date. */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { Client } from '../client';
import { connection } from '../connection';
import { JournalModel } from '../models/journal';
import { IJournal } from '../tokens';

export const journalPlugin: JupyterFrontEndPlugin<JournalModel> = {
  id: 'labjournal-lab:journal',
  description:
    'Knows what the lab journal on the server holds, and hears when it changes.',
  autoStart: true,
  provides: IJournal,
  activate: (app: JupyterFrontEnd): JournalModel => {
    const { serverSettings, events } = app.serviceManager;
    const journal = new JournalModel(new Client(connection(serverSettings)));
    events.stream.connect((_, event) => journal.live.heard(event));
    return journal;
  }
};
