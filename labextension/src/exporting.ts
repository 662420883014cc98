/** Export: asks what and where, asks again before anything is overwritten, and offers to open what was made. */
import {
  Dialog,
  Notification,
  ReactWidget,
  showDialog
} from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import { createElement } from 'react';

import type { ExportAnswer, ExportKind } from '../../ui/src/answers';
import { parts } from '../../ui/src/answers';
import type { ExportChoice } from '../../ui/src/ExportForm';
import { ExportForm, suggested } from '../../ui/src/ExportForm';
import { basename } from '../../ui/src/telling';
import type { Words } from '../../ui/src/words';
import { WordsProvider } from '../../ui/src/words';
import type { Client } from './client';
import { Refused } from './client';
import { sentence } from './models/model';

class ExportBody
  extends ReactWidget
  implements Dialog.IBodyWidget<ExportChoice>
{
  constructor(
    private choice: ExportChoice,
    private readonly settled: boolean,
    private readonly words: Words
  ) {
    super();
    this.addClass('lj-export-body');
  }

  getValue(): ExportChoice {
    return this.choice;
  }

  protected override render(): JSX.Element {
    const form = createElement(ExportForm, {
      initial: this.choice,
      settled: this.settled,
      onChange: (choice: ExportChoice) => {
        this.choice = choice;
      }
    });
    return createElement(WordsProvider, { value: this.words }, form);
  }
}

export interface ExportWish {
  address: string;
  /** Server path of the notebook, beside which the export is suggested. */
  notebook: string | null;
  kind: ExportKind;
  /** The notebook for a result: nothing else is offered, and it is run first unless somebody says otherwise. */
  settled?: boolean;
}

/** Runs an export before it is handed over; refuses at once what cannot be. */
export type Prove = (
  address: string,
  choice: ExportChoice,
  force: boolean
) => Promise<void>;

export class Exporter {
  constructor(
    private readonly client: Client,
    private readonly prove: Prove,
    /** Of what was made there is more to say than a line holds. */
    private readonly tell: (answer: ExportAnswer) => void,
    private readonly commands: CommandRegistry,
    private readonly words: Words
  ) {}

  async ask(wish: ExportWish): Promise<void> {
    const { address, notebook, kind, settled = false } = wish;
    const { __ } = bound(this.words);
    const name = address.replace('/', '-');
    const { button, value } = await showDialog({
      title: settled
        ? __('Notebook for %1', address)
        : parts(address).n === null
          ? __('Export run %1', address)
          : __('Export %1 and what it depends on', address),
      body: new ExportBody(
        { kind, path: suggested(notebook, name, kind), verify: settled },
        settled,
        this.words
      ),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: settled ? __('Make it') : __('Export') })
      ]
    });
    if (button.accept && value !== null) {
      await this.make(address, value, false);
    }
  }

  private async make(
    address: string,
    choice: ExportChoice,
    force: boolean
  ): Promise<void> {
    const { kind, path } = choice;
    const { __ } = bound(this.words);
    const proven = choice.verify === true && kind !== 'html';
    const told = proven
      ? null
      : Notification.emit(__('Exporting to %1…', path), 'in-progress', {
          autoClose: false
        });
    try {
      if (told === null) {
        await this.prove(address, choice, force);
      } else {
        const answer = await this.client.export(address, choice, force);
        if (answer.command !== undefined || (answer.remarks ?? []).length > 0) {
          Notification.dismiss(told);
          this.tell(answer);
        } else {
          this.made(told, answer);
        }
      }
    } catch (problem) {
      if (told !== null) {
        Notification.dismiss(told);
      }
      if (problem instanceof Refused && problem.status === 409) {
        const { button } = await showDialog({
          title: __('Overwrite %1?', basename(path)),
          body: __('There is a file of that name already.'),
          buttons: [
            Dialog.cancelButton(),
            Dialog.warnButton({ label: __('Overwrite') })
          ]
        });
        return button.accept ? this.make(address, choice, true) : undefined;
      }
      Notification.error(__('Not exported. %1', sentence(problem)), {
        autoClose: false
      });
    }
  }

  private made(told: string, answer: ExportAnswer): void {
    const { __ } = bound(this.words);
    const path = answer.server_path ?? null;
    const isRecord = answer.kind === 'crate';
    const command = isRecord ? 'filebrowser:go-to-path' : 'docmanager:open';
    const open = {
      label: isRecord ? __('Show') : __('Open'),
      callback: () => void this.commands.execute(command, { path })
    };
    Notification.update({
      id: told,
      message: __('Exported to %1', path ?? answer.path),
      type: 'success',
      autoClose: 15_000,
      actions: path !== null && this.commands.hasCommand(command) ? [open] : []
    });
  }
}

function bound(words: Words): Pick<Words, '__'> {
  return { __: (text, ...values) => words.__(text, ...values) };
}
