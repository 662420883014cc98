/** Whether what is done in the notebook in front is being recorded, and if not, why. */
import type { Recording } from '../../ui/src/Header';
import type { Words } from '../../ui/src/words';
import type { JournalModel } from './models/journal';

export function recording(journal: JournalModel, words: Words): Recording {
  const { status } = journal.status;
  if (status.state !== 'ready') {
    return { state: status.state };
  }
  const { recording: on, paused, problems } = status.answer;
  if (!on) {
    return paused === false
      ? {
          state: 'off',
          reason:
            problems[0] ?? words.__('`labjournal doctor` says what is missing.')
        }
      : { state: 'paused' };
  }
  const language = journal.notebook?.language ?? '';
  if (language !== '' && language !== 'python') {
    return {
      state: 'unseen',
      reason: words.__(
        'Kernels in Python are recorded; this one speaks %1.',
        language
      )
    };
  }
  return journal.kernels.isUnseen(journal.notebook?.kernelId ?? null)
    ? {
        state: 'unseen',
        reason: words.__(
          'It was started before labjournal was installed, or without it.'
        )
      }
    : { state: 'on' };
}
