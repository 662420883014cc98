/** What the plugins of this extension offer each other. */
import { Token } from '@lumino/coreutils';

import type { JournalModel } from './models/journal';

export const IJournal = new Token<JournalModel>(
  'labjournal-lab:IJournal',
  'The lab journal as the panel knows it: runs, executions, versions, replays.'
);
